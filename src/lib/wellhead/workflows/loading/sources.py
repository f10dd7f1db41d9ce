"""Names of sources and of their series, as interfaces take them."""

from wellhead.catalogue.instruments import Instrument
from wellhead.ingestion.base import Source
from wellhead.ingestion.registry import get_source


def source_key(name: str) -> str:
    """`name` if a source has this key. Raises UnknownSourceError, which lists the sources."""
    return get_source(name).card.key


def find_source(name: str) -> Source:
    """The source called `name`. Raises UnknownSourceError, which lists the sources."""
    return get_source(name)


def find_at_source(name: str, source: str) -> tuple[Instrument, Source]:
    """The instrument called `name` at a source, and the source.

    `name` is a key or alias of the catalogue, or the source's own code. Raises UnknownSourceError,
    UnknownCommodityError.
    """
    at = get_source(source)
    return at.find(name), at


def list_carried(source: str) -> str:
    """The series of a source, for a message: each key and, where it differs, its code there."""
    codes = get_source(source).codes()
    return ", ".join(key if key == code else f"{key} ({code})" for key, code in codes.items())
