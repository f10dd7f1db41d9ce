"""The sources, one line each. A module is imported when its source is asked for, not before."""

from pkgutil import resolve_name

from wellhead.errors import UnknownSourceError
from wellhead.ingestion.base import Source

SOURCES = {
    "alfred": "wellhead.ingestion.alfred:Alfred",
    "archive": "wellhead.ingestion.archive:Archive",
    "cftc": "wellhead.ingestion.cftc:Cftc",
    "csv": "wellhead.ingestion.csv:CsvFolder",
    "eia": "wellhead.ingestion.eia:Eia",
    "fred": "wellhead.ingestion.fred:Fred",
    "yahoo": "wellhead.ingestion.yahoo:Yahoo",
}


def get_source(key: str) -> Source:
    """The source called `key`. Raises UnknownSourceError with the names that exist."""
    if key not in SOURCES:
        raise UnknownSourceError(
            f"source {key!r} is not registered. Choose one of: {', '.join(SOURCES)}."
        )
    source: Source = resolve_name(SOURCES[key])()
    return source
