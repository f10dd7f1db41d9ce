"""Weekly and monthly bars of prices: read them, and refresh them after a load.

On TimescaleDB they are continuous aggregates. A read computes rows newer than the last refresh, but
shows a revision of an older day only after the next refresh. So a program that stores observations
calls `refresh_bars` after its commit. TimescaleDB records changes in the transaction that makes
them; a refresh recomputes exactly those, also the ones of a program that was killed before its own
refresh.
"""

import time
from typing import Literal

import pandas as pd
import psycopg
import sqlalchemy as sa

from wellhead.calendars import DateLike, now, to_utc
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import Frequency, SeriesKey
from wellhead.database.engine import get_engine
from wellhead.database.prices import get_price_data
from wellhead.database.query_frames import read_query
from wellhead.database.schema import VIEWS
from wellhead.database.series import freshest_source
from wellhead.database.server import timescale
from wellhead.database.server.price_views import PERIODS, REFRESH_LOCK
from wellhead.errors import BadDateError, NoDataError, StorageError

Period = Literal["weekly", "monthly"]

_BUSY = (psycopg.errors.LockNotAvailable, psycopg.errors.ObjectInUse, psycopg.errors.QueryCanceled)
_OWNED = sa.text(
    "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'prices_daily'::regclass"
)
_MAY_START_JOB = sa.text("SELECT has_function_privilege('refresh_bars_soon()', 'EXECUTE')")
_TRIES = 5
_OFFSETS = {"weekly": "W-SUN", "monthly": "M"}  # in pandas; weeks end on Sunday


def get_bars(
    commodity: str,
    start: DateLike,
    end: DateLike | None = None,
    *,
    source: str | None = None,
    period: Period = "weekly",
    as_of: DateLike | None = None,
    frequency: Frequency = "daily",
) -> pd.DataFrame:
    """Averages and bars of whole weeks (from Monday, UTC) or months, from the daily values.

    One row a period, from the period of `start` to that of `end` (None: to the newest), sorted by
    `observed_at`, the first day of the period; columns as in view `prices_weekly`. They summarise
    the latest vintages, or with `as_of` those known then. Sources are never mixed, as in
    `get_price_data`.

    Raises UnknownCommodityError, BadDateError or NoDataError.
    """
    key = find_instrument(commodity).key
    first = _begin(to_utc(start, name="start"), period)
    last = _last_moment(end, first, period)
    if as_of is not None:
        prices = get_price_data(key, first, last, as_of, source=source, frequency=frequency)
        return _bars_of(prices, period)
    chosen = source or freshest_source(key, frequency, now())
    return _read_view(SeriesKey(key, chosen, frequency), first, last, period)


def _read_view(
    series: SeriesKey, first: pd.Timestamp, last: pd.Timestamp | None, period: Period
) -> pd.DataFrame:
    columns = VIEWS[f"prices_{period}"].c
    query = (
        sa.select(*columns)
        .where(*(columns[name] == value for name, value in series._asdict().items()))
        .where(columns.observed_at >= first)
        .order_by(columns.observed_at, columns.unit)
    )
    bars = read_query(query.where(columns.observed_at <= last) if last is not None else query)
    if bars.empty:
        raise NoDataError(
            f"no {series.frequency} prices of {series.commodity} from source {series.source} are "
            f"stored in the requested periods, from {first.date()} on. Load them, or ask for other "
            "days."
        )
    return bars


def _last_moment(end: DateLike | None, first: pd.Timestamp, period: Period) -> pd.Timestamp | None:
    """The end of the period of `end`. Raises BadDateError if `end` is before `first`."""
    if end is None:
        return None
    until = to_utc(end, name="end")
    if until < first:
        raise BadDateError(f"end {until.date()} lies before the {period} bar of {first.date()}.")
    return _period(until, period).end_time.tz_localize("UTC")


def _begin(day: pd.Timestamp, period: Period) -> pd.Timestamp:
    return _period(day, period).start_time.tz_localize("UTC")


def _period(day: pd.Timestamp, period: Period) -> pd.Period:
    return day.tz_localize(None).to_period(_OFFSETS[period])


def _bars_of(prices: pd.DataFrame, period: Period) -> pd.DataFrame:
    """The bars of the views, computed from a frame of daily prices as known at another time."""
    days = prices["observed_at"].dt.tz_localize(None).dt.to_period(_OFFSETS[period])
    keys = [*SeriesKey._fields, "unit"]
    grouped = prices.assign(observed_at=days.dt.start_time.dt.tz_localize("UTC")).groupby(
        [*keys, "observed_at"], as_index=False, sort=True
    )
    bars = grouped.agg(
        average=("value", "mean"),
        open=("value", "first"),
        high=("value", "max"),
        low=("value", "min"),
        close=("value", "last"),
        days=("value", "size"),
        available_at=("available_at", "max"),
    )
    return bars.sort_values(["observed_at", "unit"], ignore_index=True)


def refresh_bars() -> None:
    """Bring the bars up to date; call it after the commit of a load.

    Only changes are computed. A plain server needs no refresh. If the user does not own the bars,
    the server's own job refreshes them within seconds.
    """
    engine = get_engine().execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not timescale.adopted(connection):
            return
        if not connection.scalar(_OWNED):
            if connection.scalar(_MAY_START_JOB):
                connection.execute(sa.text("SELECT refresh_bars_soon()"))
            return
        connection.execute(sa.select(sa.func.pg_advisory_lock(REFRESH_LOCK)))
        try:
            for name in PERIODS.values():  # each reads the one before it
                _refresh(connection, name)
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(REFRESH_LOCK)))


def _refresh(connection: sa.Connection, name: str) -> None:
    """Refresh one view; try again after a pause if another session refreshes it by hand."""
    for attempt in range(1, _TRIES + 1):
        try:
            connection.execute(sa.text(f"CALL refresh_continuous_aggregate('{name}', NULL, NULL)"))
        except (StorageError, sa.exc.DBAPIError) as error:
            if attempt == _TRIES or not isinstance(_cause(error), _BUSY):
                raise
            time.sleep(attempt)
        else:
            return


def _cause(error: Exception) -> BaseException | None:
    return error.__cause__ if isinstance(error, StorageError) else getattr(error, "orig", None)
