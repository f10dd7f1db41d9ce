"""Reading the database. Every frame is sorted, its timestamps aware UTC, its prices signed."""

from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from wellhead.calendars import DateLike, now, to_utc
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import Frequency, SeriesKey
from wellhead.database.reading import read_query, read_series
from wellhead.database.schema import SCHEMA, VIEWS
from wellhead.database.server.replica import get_read_engine
from wellhead.database.spans import counted_spans, spans
from wellhead.errors import BadDateError, NoDataError
from wellhead.settings import get_settings

_OBSERVATIONS = SCHEMA["observations"]


def get_price_data(
    commodity: str,
    start_date: DateLike | None = None,
    end_date: DateLike | None = None,
    as_of: DateLike | None = None,
    *,
    source: str | None = None,
    frequency: Frequency = "daily",
) -> pd.DataFrame:
    """Prices of one commodity as they were known at `as_of` (default: now).

    One row a day from `start_date` to `end_date`, both included (None: from the first, to the
    last), sorted by `observed_at`: the latest vintage with `available_at <= as_of`. Columns:
    commodity, source, frequency, observed_at, available_at, value, unit, open, high, low, volume,
    recorded_at. Sources are never mixed: without `source`, the one with the newest observation at
    `as_of` is read. Name the source if the answer must not change when another source is loaded.

    Raises UnknownCommodityError, BadDateError, or NoDataError that says what is stored instead.
    """
    key, known_at = find_instrument(commodity).key, to_utc(as_of or now(), name="as_of")
    start = to_utc(start_date, name="start_date") if start_date is not None else None
    end = to_utc(end_date, name="end_date") if end_date is not None else None
    if start is not None and end is not None and end < start:
        raise BadDateError(f"end_date {end.date()} lies before start_date {start.date()}.")
    chosen = source or freshest_source(key, frequency, known_at)
    return read_prices(SeriesKey(key, chosen, frequency), start, end, known_at)


def read_prices(
    series: SeriesKey,
    start: pd.Timestamp | None,
    end: pd.Timestamp | None,
    known_at: pd.Timestamp,
) -> pd.DataFrame:
    """Prices of one series as they were known at `known_at`; frame and errors of `get_price_data`.

    `start` and `end` are included; None means from the first and to the last stored day.
    """
    day = _OBSERVATIONS.c.observed_at
    query = _latest_vintages(series, known_at)
    query = query.where(day >= start) if start is not None else query
    query = query.where(day <= end) if end is not None else query
    prices = read_series(query)[::-1].reset_index(drop=True)
    if prices.empty:
        raise NoDataError(_no_prices(series, start, end, known_at))
    for place, (name, value) in enumerate(series._asdict().items()):
        prices.insert(place, name, value)  # the same in every row, so the query leaves it out
    return prices


def _latest_vintages(series: SeriesKey, known_at: pd.Timestamp) -> sa.Select:  # type: ignore[type-arg]
    """For each day the latest row that was available at `known_at`; the newest day first.

    This is the order of the primary key read from its end, so PostgreSQL need not sort.
    """
    table = _OBSERVATIONS.c
    left_out = {*series._fields, "batch_id"}
    return (
        sa.select(*(column for column in table if column.name not in left_out))
        .ext(distinct_on(table.observed_at))
        .where(*_of(series), table.available_at <= known_at)
        .order_by(table.observed_at.desc(), table.available_at.desc())
    )


def get_vintages(series: SeriesKey, as_of: DateLike | None = None) -> pd.DataFrame:
    """Every vintage of every day of a series, as known at `as_of` (default: now).

    Columns as in `get_price_data` and batch_id, sorted by both clocks. Raises NoDataError if
    there is none.
    """
    known_at, table = to_utc(as_of or now(), name="as_of"), _OBSERVATIONS.c
    rows = read_series(
        sa.select(_OBSERVATIONS)
        .where(*_of(series), table.available_at <= known_at)
        .order_by(table.observed_at, table.available_at)
    )
    if rows.empty:
        raise NoDataError(_nothing_stored(series.commodity, series.frequency))
    return rows


def _of(series: SeriesKey) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions that choose the rows of a series."""
    return tuple(_OBSERVATIONS.c[name] == value for name, value in series._asdict().items())


def stored_spans(source: str | None = None) -> pd.DataFrame:
    """What is stored: commodity, source, frequency, first, last (`observed_at`), rows.

    Rows are counted one by one, a second for ten million: name the `source` if it is one.
    """
    return read_query(counted_spans(source))


def is_stored(commodity: str, source: str) -> bool:
    """Whether anything of a commodity is stored from a source, at any frequency."""
    table = _OBSERVATIONS.c
    mine = sa.exists().where(table.commodity == commodity, table.source == source)
    with get_read_engine().connect() as connection:
        return bool(connection.scalar(sa.select(mine)))


def newest_stored_day(series: SeriesKey) -> pd.Timestamp | None:
    """The newest `observed_at` of a series, or None if nothing of it is stored."""
    query = sa.select(sa.func.max(_OBSERVATIONS.c.observed_at)).where(*_of(series))
    with get_read_engine().connect() as connection:
        newest = connection.scalar(query)
    return to_utc(newest) if newest else None


def read_table(name: str, **equal: Any) -> pd.DataFrame:
    """All rows of a table or view whose columns equal what is given, in the order of its key."""
    table = (SCHEMA | VIEWS)[name]
    conditions = [table.c[column] == value for column, value in equal.items()]
    return read_query(sa.select(table).where(*conditions).order_by(*table.primary_key.columns))


def freshest_source(key: str, frequency: Frequency, known_at: pd.Timestamp) -> str:
    """The source that had the newest day at a moment; if several had, the one in the settings.

    If nothing was known then, what is stored now decides.
    """
    with get_read_engine().connect() as connection:
        known = connection.execute(spans(key, known_at)).all()
        stored = known or connection.execute(spans(key)).all()
    usual = get_settings().source
    newest = [(s.last, s.source == usual, s.source) for s in stored if s.frequency == frequency]
    if not newest:
        raise NoDataError(_nothing_stored(key, frequency))
    return str(max(newest)[-1])


def _nothing_stored(key: str, frequency: str) -> str:
    return (
        f"no {frequency} observations of {key} are stored. "
        "Load them with `make run`, or `wellhead ingest` for one source."
    )


def _no_prices(
    series: SeriesKey,
    start: pd.Timestamp | None,
    end: pd.Timestamp | None,
    known_at: pd.Timestamp,
) -> str:
    key, source, frequency = series
    stored = read_query(spans(key)).query("source == @source and frequency == @frequency")
    if stored.empty:
        return _nothing_stored(key, frequency)
    since = f" from {start.date()}" if start is not None else ""
    until = f" to {end.date()}" if end is not None else " on" if since else ""
    return (
        f"no {frequency} prices of {key}{since}{until}, as known at "
        f"{known_at:%Y-%m-%d %H:%M} UTC. Source {source} holds {stored['first'].iloc[0].date()} to "
        f"{stored['last'].iloc[0].date()}: ask for those days, or load a source that has yours."
    )
