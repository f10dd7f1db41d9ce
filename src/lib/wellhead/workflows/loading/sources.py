"""Names of sources and of their series, as interfaces take them."""

from wellhead.catalogue.instruments import Instrument
from wellhead.errors import InputError
from wellhead.ingestion.base import Source
from wellhead.ingestion.csv import CsvFolder
from wellhead.ingestion.files.layout import FileLayout, layout_options
from wellhead.ingestion.registry import get_source

__all__ = ["FileLayout", "find_at_source", "find_source", "layout_options", "list_carried"]


def source_key(name: str) -> str:
    """`name` if a source has this key. Raises UnknownSourceError, which lists the sources."""
    return get_source(name).card.key


def find_source(name: str) -> Source:
    """The source called `name`. Raises UnknownSourceError, which lists the sources."""
    return get_source(name)


def find_at_source(
    name: str, source: str, layout: FileLayout | None = None
) -> tuple[Instrument, Source]:
    """The instrument called `name` at a source, and the source.

    `name` is a key or alias of the catalogue, or the source's own code. `layout` says how files are
    laid out. Raises UnknownSourceError, UnknownCommodityError, or InputError for a layout of a
    source that reads no files.
    """
    if layout and source != CsvFolder.card.key:
        raise InputError(
            f"source {source} reads no files: the options of their layout are for csv."
        )
    at = CsvFolder(layout) if layout else get_source(source)
    return at.find(name), at


def list_carried(source: str) -> str:
    """The series of a source, for a message: each key and, where it differs, its code there.

    Then what it has and does not offer.
    """
    at = get_source(source)
    codes = [key if key == code else f"{key} ({code})" for key, code in at.codes().items()]
    return f"{', '.join(codes) or 'nothing'}.{at.passed_over()}"
