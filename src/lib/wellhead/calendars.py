"""Trading and release calendars, dates and 'now': the only home of time in Wellhead.

All timestamps are aware and in UTC. A daily observation is stamped with midnight UTC of the day
it is of (`observed_at`); when one could have known it is a second clock (`available_at`).
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache

import pandas as pd
import pandas_market_calendars as market_calendars
from pandas.tseries.holiday import USFederalHolidayCalendar

from wellhead.errors import BadDateError

# Calendar name in the catalogue -> name in pandas_market_calendars. EIA's WTI spot follows the
# New York exchange: since 2000, 25 of 6,418 NYSE sessions have no price. Brent has
# prices on some American holidays and none on some British ones; London's exchange fits it best.
# NYMEX: the days it settles and counts as business days. The library's calendars of Globex will
# not do, for they count the holidays on which the screens are open for half a day.
# SIFMA: the days that American bonds, and so rates and the dollar, are quoted.
_MARKETS = {"NYSE": "NYSE", "LSE": "LSE", "NYMEX": "CME_TradeDate", "SIFMA": "SIFMA_US"}
CALENDARS = (*_MARKETS, "weekdays")
# EIA publishes a day's price up to nine days later; an older newest price is worth a warning.
STALE_AFTER_DAYS = 14
# A release that is late by a holiday or two is no stopped feed.
RELEASE_GRACE = pd.Timedelta(days=3)

_FIRST, _LAST = "1980-01-01", "2045-12-31"

DateLike = str | date | datetime | pd.Timestamp


def now() -> pd.Timestamp:
    """The present moment, aware UTC. Nothing else in Wellhead asks the clock."""
    return pd.Timestamp(datetime.now(tz=UTC))


def to_utc(moment: DateLike, *, name: str = "date") -> pd.Timestamp:
    """Read a date or a moment as aware UTC; what has no zone is taken as UTC.

    Raises BadDateError for anything that is not a date; `name` says which argument it was.
    """
    try:
        stamp = pd.Timestamp(moment)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadDateError(f"{name} {moment!r} is not a date: write it as YYYY-MM-DD.") from error
    if pd.isna(stamp):
        raise BadDateError(f"{name} {moment!r} is not a date: write it as YYYY-MM-DD.")
    return stamp.tz_localize(UTC) if stamp.tzinfo is None else stamp.tz_convert(UTC)


@lru_cache
def sessions(calendar: str) -> pd.DatetimeIndex:
    """All trading days of a calendar, 1980 to 2045, as midnights UTC.

    `calendar` is one of CALENDARS; 'weekdays' is Monday to Friday.
    """
    if calendar == "weekdays":
        return pd.bdate_range(_FIRST, _LAST, tz=UTC)
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


def session_before(calendar: str, day: DateLike, count: int = 1) -> pd.Timestamp:
    """The `count`-th trading day before `day`, which does not count itself.

    Raises BadDateError where the calendar, 1980 to 2045, does not reach.
    """
    days = sessions(calendar)
    place = int(days.searchsorted(to_utc(day).normalize())) - count
    if place < 0 or to_utc(day) > to_utc(_LAST):
        raise BadDateError(f"calendar {calendar} does not reach {to_utc(day).date()}.")
    stamp: pd.Timestamp = days[place]
    return stamp


def end_of_day(days: pd.DatetimeIndex, zone: str) -> pd.DatetimeIndex:
    """When days, given as midnights, are over in a time zone: the latest moment of a release."""
    written = pd.DatetimeIndex(days).tz_localize(None).normalize() + pd.Timedelta(days=1)
    return written.tz_localize(zone).tz_convert(UTC)


def periods_between(
    calendar: str, frequency: str, first: DateLike, last: DateLike
) -> pd.DatetimeIndex:
    """The days that a series without gaps has values of, from `first` to `last`, both included.

    Daily: the trading days. Weekly: every seventh day from `first`. Monthly: firsts of months.
    """
    if frequency == "daily":
        return sessions_between(calendar, first, last)
    step = {"weekly": "7D", "monthly": "MS"}[frequency]
    return pd.date_range(to_utc(first), to_utc(last), freq=step)


def periods_due(
    calendar: str, frequency: str, release_rule: str, newest: DateLike, moment: DateLike
) -> int:
    """How many periods after `newest` should have been published at `moment`.

    By the source's release rule, and RELEASE_GRACE later. 0: the series is as fresh as it can be.
    """
    later = periods_between(calendar, frequency, newest, moment)
    later = later[later > to_utc(newest)]
    return len(_due(later, release_rule, moment))


def newest_due(
    calendar: str, frequency: str, release_rule: str, newest: DateLike, moment: DateLike
) -> pd.Timestamp:
    """The last period that should have been published at `moment`, at least `newest`.

    `newest` is the last one known; by the same rule as `periods_due`.
    """
    later = _due(periods_between(calendar, frequency, newest, moment), release_rule, moment)
    last: pd.Timestamp = later[-1] if len(later) else to_utc(newest)
    return last


def _due(periods: pd.DatetimeIndex, release_rule: str, moment: DateLike) -> pd.DatetimeIndex:
    return periods[RELEASE_RULES[release_rule](periods) + RELEASE_GRACE <= to_utc(moment)]


@lru_cache
def us_federal_holidays() -> pd.DatetimeIndex:
    """The days on which the American government rests, as observed."""
    return USFederalHolidayCalendar().holidays(_FIRST, _LAST).tz_localize(UTC)


@lru_cache
def bridge_days(calendar: str) -> pd.DatetimeIndex:
    """Lone trading days between two closed ones, as the Friday after Thanksgiving is.

    Closed is a day without a session, or an American federal holiday.
    """
    working = sessions(calendar).difference(us_federal_holidays())
    day = pd.Timedelta(days=1)
    return working[~(working - day).isin(working) & ~(working + day).isin(working)]


# --- release rules: observed_at -> available_at -----------------------------------------------

ReleaseRule = Callable[[pd.DatetimeIndex], pd.DatetimeIndex]


def _same_day_close(observed: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Known when the day is over: a series that states nothing about its publication."""
    return observed.normalize() + pd.Timedelta(hours=23)


def _weekly_wednesday(observed: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """EIA publishes the week's daily spot prices on Wednesday, up to the Monday before.

    Monday's price is known two days later, Tuesday's eight days later; 20:00 UTC is after the
    release in summer and in winter time.
    """
    day = observed.normalize()
    days_until_covering_monday = (7 - day.day_of_week) % 7
    wait = pd.to_timedelta(days_until_covering_monday + 2, unit="D")
    return day + wait + pd.Timedelta(hours=20)


def _after_month_end(observed: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """A monthly average, stamped with the first of its month: known on the 5th of the next."""
    return observed.normalize() + pd.offsets.MonthBegin(1) + pd.Timedelta(days=4, hours=20)


def _weekly_stocks(observed: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """EIA publishes the stocks of a Friday on the Wednesday after, at 15:30 UTC or earlier."""
    return observed.normalize() + pd.Timedelta(days=5, hours=16)


def _weekly_dollar(observed: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """The Federal Reserve publishes a week's exchange rates (H.10) on the Monday after.

    At 16:15 in New York, and on the Tuesday where Monday is a holiday; 22:00 UTC is after both.
    """
    day = observed.normalize()
    return day + pd.to_timedelta(8 - day.day_of_week, unit="D") + pd.Timedelta(hours=22)


def _month_after_next(observed: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """A month's production and consumer prices: known when the month after it is over.

    They come around the middle of the next month. In the shutdown of 2013 they came at its end; in
    that of 2025 later still, which no rule foresees: source `alfred` has the days themselves.
    """
    return observed.normalize() + pd.offsets.MonthBegin(2) + pd.Timedelta(hours=6)


RELEASE_RULES: dict[str, ReleaseRule] = {
    "same-day-close": _same_day_close,
    "weekly-wednesday": _weekly_wednesday,
    "weekly-stocks": _weekly_stocks,
    "after-month-end": _after_month_end,
    "weekly-dollar": _weekly_dollar,
    "month-after-next": _month_after_next,
}
