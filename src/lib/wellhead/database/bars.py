"""Weekly and monthly bars of prices: reading them, and keeping them up to date after a load.

On TimescaleDB they are continuous aggregates: what is newer than the last refresh is computed as
it is read, but a revision of an older day shows after the next refresh only. So whoever stores
observations calls `refresh_bars` when the load is committed. TimescaleDB keeps the record of what
has changed since, in the transaction that changes it: a refresh recomputes exactly that, whoever
wrote it, and with it what a program left that was killed between its commit and its refresh.
"""

import time
from typing import Literal

import pandas as pd
import psycopg
import sqlalchemy as sa

from wellhead.calendars import DateLike, now, to_utc
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import Frequency
from wellhead.database.engine import get_engine
from wellhead.database.operations import freshest_source, get_price_data
from wellhead.database.reading import read_query
from wellhead.database.schema import VIEWS
from wellhead.database.server import timescale
from wellhead.database.views import PERIODS, REFRESH_LOCK
from wellhead.errors import BadDateError, NoDataError, StorageError

Period = Literal["weekly", "monthly"]

_BUSY = (psycopg.errors.LockNotAvailable, psycopg.errors.ObjectInUse, psycopg.errors.QueryCanceled)
_OWNED = sa.text(
    "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'prices_daily'::regclass"
)
_MAY_WAKE = sa.text("SELECT has_function_privilege('refresh_bars_soon()', 'EXECUTE')")
_TRIES = 5
_OFFSETS = {"weekly": "W-SUN", "monthly": "M"}  # of pandas: weeks that end on Sunday


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

    One row a period, from the one that `start` falls into to the one that `end` falls into (or the
    newest), sorted by `observed_at`, the first day of the period; columns as table
    `prices_weekly` in the data dictionary. They are made of the latest vintages, or with `as_of`
    of what one could have known then. Sources are never mixed, as in `get_price_data`.

    Raises UnknownCommodityError, BadDateError or NoDataError.
    """
    key = find_instrument(commodity).key
    first = _begin(to_utc(start, name="start"), period)
    until = to_utc(end, name="end") if end is not None else None
    if until is not None and until < first:
        raise BadDateError(f"end {until.date()} lies before the {period} bar of {first.date()}.")
    last = _end(until, period) if until is not None else None
    if as_of is not None:
        return _bars_of(
            get_price_data(key, first, last, as_of, source=source, frequency=frequency), period
        )
    chosen = source or freshest_source(key, frequency, now())
    view = VIEWS[f"prices_{period}"]
    query = (
        sa.select(view)
        .where(view.c.commodity == key, view.c.source == chosen, view.c.frequency == frequency)
        .where(view.c.observed_at >= first)
        .order_by(view.c.observed_at, view.c.unit)
    )
    bars = read_query(query.where(view.c.observed_at <= last) if last is not None else query)
    if bars.empty:
        raise NoDataError(
            f"no {frequency} prices of {key} from source {chosen} lie in the periods asked for, "
            f"from {first.date()} on. Load them, or ask for other days."
        )
    return bars


def _begin(day: pd.Timestamp, period: Period) -> pd.Timestamp:
    return _period(day, period).start_time.tz_localize("UTC")


def _end(day: pd.Timestamp, period: Period) -> pd.Timestamp:
    return _period(day, period).end_time.tz_localize("UTC")


def _period(day: pd.Timestamp, period: Period) -> pd.Period:
    return day.tz_localize(None).to_period(_OFFSETS[period])


def _bars_of(prices: pd.DataFrame, period: Period) -> pd.DataFrame:
    """The same bars from a frame of daily prices: what the views do, as known at another time."""
    days = prices["observed_at"].dt.tz_localize(None).dt.to_period(_OFFSETS[period])
    keys = ["commodity", "source", "frequency", "unit"]
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
    """Bring the bars up to date with all that is stored; call it after the commit of a load.

    Only what has changed is computed again. On a plain server there is nothing to do. For a user
    who does not own the bars the server's own job does it, within seconds.
    """
    engine = get_engine().execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not timescale.adopted(connection):
            return
        if not connection.scalar(_OWNED):
            if connection.scalar(_MAY_WAKE):
                connection.execute(sa.text("SELECT refresh_bars_soon()"))
            return
        connection.execute(sa.select(sa.func.pg_advisory_lock(REFRESH_LOCK)))
        try:
            for name in PERIODS.values():  # each is made from the one before it
                _refresh(connection, name)
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(REFRESH_LOCK)))


def _refresh(connection: sa.Connection, name: str) -> None:
    """Refresh one, and again after a pause where somebody else is at it by hand."""
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
