"""Which series are stored, and how far each goes.

The queries jump along the index of the primary key, which is sorted by series: the next series is
one look-up away, and its first and last day are one look-up each. The cost grows with the number of
series, not of rows. Only counting rows reads them all, so `stored_spans` alone does it.
"""

from datetime import datetime

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from wellhead.calendars import to_utc
from wellhead.catalogue.series import FINEST_FIRST, Frequency, SeriesKey
from wellhead.database.query_frames import read_query
from wellhead.database.schema import SCHEMA
from wellhead.database.server.replica import get_read_engine
from wellhead.errors import NoDataError
from wellhead.settings import get_settings

_OBSERVATIONS = SCHEMA["observations"].c

_SPANS = sa.text("""
WITH RECURSIVE series AS (
    (
        SELECT source, frequency FROM observations WHERE commodity = :commodity
        ORDER BY source, frequency LIMIT 1
    )
    UNION ALL
    SELECT following.* FROM series AS s, LATERAL (
        SELECT source, frequency FROM observations AS o
        WHERE o.commodity = :commodity AND (o.source, o.frequency) > (s.source, s.frequency)
        ORDER BY source, frequency LIMIT 1
    ) AS following
)
SELECT CAST(:commodity AS text) AS commodity, source, frequency, first, last
FROM series AS s, LATERAL (
    SELECT min(observed_at) AS first, max(observed_at) AS last FROM observations AS o
    WHERE o.commodity = :commodity AND o.source = s.source AND o.frequency = s.frequency
      AND available_at <= CAST(:known_at AS timestamptz)
) AS span
WHERE last IS NOT NULL
ORDER BY source, frequency
""")

_EVERY_SERIES = """
WITH RECURSIVE series AS (
    (
        SELECT commodity, source, frequency FROM observations
        ORDER BY commodity, source, frequency LIMIT 1
    )
    UNION ALL
    SELECT following.* FROM series AS s, LATERAL (
        SELECT commodity, source, frequency FROM observations AS o
        WHERE (o.commodity, o.source, o.frequency) > (s.commodity, s.source, s.frequency)
        ORDER BY commodity, source, frequency LIMIT 1
    ) AS following
)
"""
_FREQUENCIES = sa.text(f"{_EVERY_SERIES} SELECT * FROM series WHERE source = :source")  # noqa: S608 - our own text
_COUNTED = sa.text(f"""
{_EVERY_SERIES}
SELECT commodity, source, frequency, first, last, rows FROM series AS s, LATERAL (
    SELECT min(observed_at) AS first, max(observed_at) AS last, count(*) AS rows
    FROM observations AS o
    WHERE (o.commodity, o.source, o.frequency) = (s.commodity, s.source, s.frequency)
) AS span
WHERE CAST(:source AS text) IS NULL OR source = :source
ORDER BY commodity, source, frequency
""")  # noqa: S608 - our own text

_KEY = tuple(sa.column(name, sa.Text()) for name in SeriesKey._fields)
_DAYS = tuple(sa.column(name, TIMESTAMP(timezone=True)) for name in ("first", "last"))
_COUNT = sa.column("rows", sa.BigInteger())


def rows_of(series: SeriesKey) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions on table `observations` that choose the rows of a series."""
    return tuple(_OBSERVATIONS[name] == value for name, value in series._asdict().items())


def spans(commodity: str, known_at: datetime | str = "infinity") -> sa.TextualSelect:
    """The series of a commodity: commodity, source, frequency, first, last (`observed_at`).

    Only rows that were available at `known_at` count.
    """
    return _SPANS.bindparams(commodity=commodity, known_at=known_at).columns(*_KEY, *_DAYS)


def stored_spans(source: str | None = None) -> pd.DataFrame:
    """Every stored series: commodity, source, frequency, first, last (`observed_at`), rows.

    It counts the rows, each vintage as one: a second for ten million. Name the `source` if you
    need only one.
    """
    return read_query(_COUNTED.bindparams(source=source).columns(*_KEY, *_DAYS, _COUNT))


def stored_frequencies(source: str) -> dict[str, Frequency]:
    """The finest frequency at which each commodity is stored from a source, by commodity."""
    series = read_query(_FREQUENCIES.bindparams(source=source).columns(*_KEY))
    by_commodity = series.groupby("commodity")["frequency"].agg(set)
    return {
        str(key): next(each for each in FINEST_FIRST if each in stored)
        for key, stored in by_commodity.items()
    }


def stored_sources(commodity: str) -> list[str]:
    """The sources of which daily values of a commodity are stored, in the order of their names."""
    series = read_query(spans(commodity))
    return sorted(series.loc[series["frequency"] == "daily", "source"])


def is_stored(commodity: str, source: str) -> bool:
    """Whether any row of a commodity is stored from a source, at any frequency."""
    table = _OBSERVATIONS
    own = sa.exists().where(table.commodity == commodity, table.source == source)
    with get_read_engine().connect() as connection:
        return bool(connection.scalar(sa.select(own)))


def newest_stored_day(series: SeriesKey) -> pd.Timestamp | None:
    """The newest `observed_at` of a series, or None if no row of it is stored."""
    query = sa.select(sa.func.max(_OBSERVATIONS.observed_at)).where(*rows_of(series))
    with get_read_engine().connect() as connection:
        newest = connection.scalar(query)
    return to_utc(newest) if newest else None


def freshest_source(key: str, frequency: Frequency, known_at: pd.Timestamp) -> str:
    """The source that had the newest day at a moment; if several had, the one in the settings.

    If the settings name none of them, the last by its name: `fred` before `archive`. If nothing was
    known then, what is stored now decides. Raises NoDataError if nothing is.
    """
    with get_read_engine().connect() as connection:
        known = connection.execute(spans(key, known_at)).all()
        stored = known or connection.execute(spans(key)).all()
    usual = get_settings().named_source
    newest = [(s.last, s.source == usual, s.source) for s in stored if s.frequency == frequency]
    if not newest:
        raise NoDataError(nothing_stored(key, frequency))
    return str(max(newest)[-1])


def nothing_stored(key: str, frequency: Frequency) -> str:
    """The message of the error for a commodity of which no row is stored."""
    return (
        f"no {frequency} observations of {key} are stored. "
        "Load them with `make run`, or `wellhead ingest` for one source."
    )
