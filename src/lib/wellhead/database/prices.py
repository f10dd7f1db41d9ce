"""Prices and their vintages, as they were known at a moment."""

from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from wellhead.calendars import DateLike, now, to_utc
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import Frequency, SeriesKey
from wellhead.database.query_frames import read_query, read_series
from wellhead.database.schema import SCHEMA
from wellhead.database.series import freshest_source, nothing_stored, rows_of, spans
from wellhead.errors import BadDateError, NoDataError

_OBSERVATIONS = SCHEMA["observations"]


def get_price_data(
    commodity: str,
    start_date: DateLike | None = None,
    end_date: DateLike | None = None,
    as_of: DateLike | None = None,
    *,
    source: str | None = None,
    frequency: Frequency = "daily",
    limit: int | None = None,
) -> pd.DataFrame:
    """Prices of one commodity as they were known at `as_of` (default: now).

    One row a day from `start_date` to `end_date`, both included (None: from the first, to the
    last), sorted by `observed_at`: the latest vintage with `available_at <= as_of`; of these the
    first `limit`. Columns: commodity, source, frequency, observed_at, available_at, value, unit,
    open, high, low, volume, recorded_at. Sources are never mixed: without `source`, the one with
    the newest observation at `as_of` is read. Name the source if the answer must not change when
    another source is loaded.

    Raises UnknownCommodityError, BadDateError, or NoDataError that says what is stored instead.
    """
    key, known_at = find_instrument(commodity).key, to_utc(as_of or now(), name="as_of")
    start = to_utc(start_date, name="start_date") if start_date is not None else None
    end = to_utc(end_date, name="end_date") if end_date is not None else None
    if start is not None and end is not None and end < start:
        raise BadDateError(f"end_date {end.date()} lies before start_date {start.date()}.")
    chosen = source or freshest_source(key, frequency, known_at)
    return read_prices(SeriesKey(key, chosen, frequency), start, end, known_at, limit)


def read_prices(
    series: SeriesKey,
    start: pd.Timestamp | None,
    end: pd.Timestamp | None,
    known_at: pd.Timestamp,
    limit: int | None = None,
) -> pd.DataFrame:
    """Prices of one series as they were known at `known_at`; frame and errors of `get_price_data`.

    `start` and `end` are included; None means from the first and to the last stored day.
    """
    day = _OBSERVATIONS.c.observed_at
    query = _latest_vintages(series, known_at)
    query = query.where(day >= start) if start is not None else query
    query = query.where(day <= end) if end is not None else query
    if limit is not None:
        query = query.order_by(None).order_by(day, _OBSERVATIONS.c.available_at.desc()).limit(limit)
    prices = read_series(query).sort_values("observed_at", ignore_index=True)
    if prices.empty:
        raise NoDataError(_no_prices(series, start, end, known_at))
    for place, (name, value) in enumerate(series._asdict().items()):
        prices.insert(place, name, value)  # the same in every row, so the query leaves it out
    return prices


def read_values(series: SeriesKey, as_of: DateLike | None = None) -> pd.DataFrame:
    """The values of one series as they were known at `as_of` (default: now), and nothing else.

    One row a day: observed_at, available_at, value. No rows where none were known. It takes a third
    of the time of `read_prices`.
    """
    known_at = to_utc(as_of or now(), name="as_of")
    query = _latest_vintages(series, known_at, ("observed_at", "available_at", "value"))
    return read_series(query)[::-1].reset_index(drop=True)


def _latest_vintages(
    series: SeriesKey, known_at: pd.Timestamp, columns: tuple[str, ...] | None = None
) -> sa.Select[Any]:
    """For each day the latest row that was available at `known_at`; the newest day first.

    This is the order of the primary key read from its end, so PostgreSQL need not sort.
    """
    table = _OBSERVATIONS.c
    left_out = {*series._fields, "batch_id"}
    wanted = columns or tuple(c.name for c in table if c.name not in left_out)
    return (
        sa.select(*(table[name] for name in wanted))
        .ext(distinct_on(table.observed_at))
        .where(*rows_of(series), table.available_at <= known_at)
        .order_by(table.observed_at.desc(), table.available_at.desc())
    )


def get_vintages(series: SeriesKey, as_of: DateLike | None = None) -> pd.DataFrame:
    """Every vintage of every day of a series that was available at `as_of` (default: now).

    Columns as in `get_price_data` and batch_id, sorted by both clocks. Raises NoDataError if
    there is none.
    """
    known_at, table = to_utc(as_of or now(), name="as_of"), _OBSERVATIONS.c
    rows = read_series(
        sa.select(_OBSERVATIONS)
        .where(*rows_of(series), table.available_at <= known_at)
        .order_by(table.observed_at, table.available_at)
    )
    if rows.empty:
        raise NoDataError(nothing_stored(series.commodity, series.frequency))
    return rows


def _no_prices(
    series: SeriesKey,
    start: pd.Timestamp | None,
    end: pd.Timestamp | None,
    known_at: pd.Timestamp,
) -> str:
    key, source, frequency = series
    stored = read_query(spans(key)).query("source == @source and frequency == @frequency")
    if stored.empty:
        return nothing_stored(key, frequency)
    since = f" from {start.date()}" if start is not None else ""
    until = f" to {end.date()}" if end is not None else " on" if since else ""
    return (
        f"no {frequency} prices of {key}{since}{until}, as known at "
        f"{known_at:%Y-%m-%d %H:%M} UTC. Source {source} holds {stored['first'].iloc[0].date()} to "
        f"{stored['last'].iloc[0].date()}: ask for those days, or load a source that has yours."
    )
