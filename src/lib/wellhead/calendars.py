"""Trading calendars, dates and 'now': no other module reads the clock.

All timestamps are aware and in UTC. A daily observation is stamped with midnight UTC of its day
(`observed_at`); the moment it became known is a second timestamp (`available_at`).
"""

import re
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import lru_cache
from threading import Lock

import numpy as np
import pandas as pd
import pandas_market_calendars as market_calendars
from numpy.typing import NDArray
from pandas.tseries.holiday import USFederalHolidayCalendar

from wellhead.errors import BadDateError

# Calendar name in the catalogue -> name in pandas_market_calendars. EIA's WTI spot follows the
# New York exchange: since 2000, 25 of 6,418 NYSE sessions have no price. Brent has
# prices on some American holidays and none on some British ones; London's exchange fits it best.
# NYMEX: the days with a settlement, which count as business days. The library's Globex calendars
# do not fit: they include holidays with half a day of electronic trading.
# SIFMA: the days on which American bonds, and so rates and the dollar, are quoted.
_MARKETS = {"NYSE": "NYSE", "LSE": "LSE", "NYMEX": "CME_TradeDate", "SIFMA": "SIFMA_US"}
CALENDARS = (*_MARKETS, "weekdays", "everyday")
"""The calendars with a name; `wellhead.catalogue.own_calendars` makes others."""
WEEKDAYS_LESS = "weekdays less "
"""How a calendar of one's own begins: its holidays follow, so that it needs no file."""
# EIA publishes a price up to nine days late; a newest price older than this deserves a warning.
STALE_AFTER_DAYS = 14

_FIRST, _LAST = "1980-01-01", "2045-12-31"
_MAKING = Lock()  # sixteen threads that made the same calendar at a time would take ten seconds

DateLike = str | date | datetime | pd.Timestamp
_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?"
)


def now() -> pd.Timestamp:
    """The present moment, aware UTC. Nothing else in Wellhead asks the clock."""
    return pd.Timestamp(datetime.now(tz=UTC))


def to_utc(moment: DateLike, *, name: str = "date") -> pd.Timestamp:
    """Read a date or a moment as aware UTC; without a time zone it is taken as UTC.

    Text must be ISO: 2020-04-20 or 2020-04-20T14:30. Anything else could be another day:
    01/06/2022 is two days, and the number 2005 would be a moment of 1970. Raises BadDateError;
    `name` is the argument named in the error.
    """
    is_iso = isinstance(moment, str) and _ISO.fullmatch(moment.strip())
    stamp = None
    if is_iso or isinstance(moment, date):  # datetime and Timestamp are dates too
        with suppress(ValueError, OverflowError):
            stamp = pd.Timestamp(moment)
    if stamp is None or pd.isna(stamp):
        raise BadDateError(
            f"{name} {moment!r} is not a date: write it as YYYY-MM-DD, for example 2020-04-20."
        )
    return stamp.tz_localize(UTC) if stamp.tzinfo is None else stamp.tz_convert(UTC)


def nanoseconds(moments: "pd.Series[pd.Timestamp]") -> NDArray[np.int64]:
    """Aware moments as whole nanoseconds since 1970: files and databases use other resolutions."""
    return moments.astype("datetime64[ns, UTC]").to_numpy(dtype="datetime64[ns]").astype(np.int64)


def sessions(calendar: str) -> pd.DatetimeIndex:
    """All trading days of a calendar, 1980 to 2045, as midnights UTC.

    `calendar` is one of CALENDARS ('weekdays' is Monday to Friday), or WEEKDAYS_LESS and its
    holidays as ISO dates, separated by spaces.
    """
    with _MAKING:
        return _sessions(calendar)


@lru_cache
def _sessions(calendar: str) -> pd.DatetimeIndex:
    if calendar == "everyday":
        return pd.date_range(_FIRST, _LAST, tz=UTC)
    weekdays = pd.bdate_range(_FIRST, _LAST, tz=UTC)
    if calendar == "weekdays":
        return weekdays
    if calendar.startswith(WEEKDAYS_LESS):
        holidays = calendar.removeprefix(WEEKDAYS_LESS).split()
        return weekdays.difference(pd.DatetimeIndex(holidays, tz=UTC))
    days = market_calendars.get_calendar(_MARKETS[calendar]).valid_days(_FIRST, _LAST)
    return pd.DatetimeIndex(days).tz_convert(UTC).normalize()


def sessions_between(calendar: str, start: DateLike, end: DateLike) -> pd.DatetimeIndex:
    """The trading days from `start` to `end`, both included."""
    days = sessions(calendar)
    return days[(days >= to_utc(start)) & (days <= to_utc(end))]


def next_sessions(calendar: str, after: DateLike, count: int) -> pd.DatetimeIndex:
    """The `count` trading days that follow the day `after`."""
    days = sessions(calendar)
    first = int(days.searchsorted(to_utc(after).normalize(), side="right"))
    return days[first : first + count]


def sessions_after(calendar: str, moment: DateLike, days: pd.DatetimeIndex) -> NDArray[np.int64]:
    """How many trading days each of `days` lies after the day of `moment`.

    1 is the next trading day; 0 is the day of `moment` itself; before it the count is negative.
    """
    trading = sessions(calendar)
    reached = trading.searchsorted(days, side="right")
    now_reached = trading.searchsorted(to_utc(moment).normalize(), side="right")
    return np.asarray(reached - now_reached, dtype=np.int64)


def session_before(calendar: str, day: DateLike, count: int = 1) -> pd.Timestamp:
    """The `count`-th trading day before `day`; `day` itself does not count.

    Raises BadDateError outside the calendar's range, 1980 to 2045.
    """
    days = sessions(calendar)
    place = int(days.searchsorted(to_utc(day).normalize())) - count
    if place < 0 or to_utc(day) > to_utc(_LAST):
        raise BadDateError(f"calendar {calendar} does not reach {to_utc(day).date()}.")
    stamp: pd.Timestamp = days[place]
    return stamp


def end_of_day(days: pd.DatetimeIndex, zone: str) -> pd.DatetimeIndex:
    """The end of each day (given as its midnight) in a time zone: the latest release moment."""
    midnights = pd.DatetimeIndex(days).tz_localize(None).normalize() + pd.Timedelta(days=1)
    return midnights.tz_localize(zone).tz_convert(UTC)


def periods_between(
    calendar: str, frequency: str, first: DateLike, last: DateLike
) -> pd.DatetimeIndex:
    """The periods of a series without gaps, from `first` to `last`, both included.

    Daily: the trading days. Weekly: every seventh day from `first`. Monthly: firsts of months.
    """
    if frequency == "daily":
        return sessions_between(calendar, first, last)
    step = {"weekly": "7D", "monthly": "MS"}[frequency]
    return pd.date_range(to_utc(first), to_utc(last), freq=step)


@lru_cache
def us_federal_holidays() -> pd.DatetimeIndex:
    """The American federal holidays, on the days they are observed."""
    return USFederalHolidayCalendar().holidays(_FIRST, _LAST).tz_localize(UTC)


@lru_cache
def bridge_days(calendar: str) -> pd.DatetimeIndex:
    """Single trading days between two closed days, such as the Friday after Thanksgiving.

    A day is closed if it has no session or is an American federal holiday.
    """
    working = sessions(calendar).difference(us_federal_holidays())
    day = pd.Timedelta(days=1)
    return working[~(working - day).isin(working) & ~(working + day).isin(working)]
