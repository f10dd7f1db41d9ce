"""When a source publishes a figure, and so which figures should be there by a moment.

A release rule turns days of observation (`observed_at`) into the moments at which their values
become known (`available_at`). Sources without vintages use them; each source card names its rule.
"""

from collections.abc import Callable

import pandas as pd

from wellhead.calendars import DateLike, periods_between, to_utc, us_federal_holidays

# A release that is late by a holiday or two does not mean that the feed has stopped.
RELEASE_GRACE = pd.Timedelta(days=3)

ReleaseRule = Callable[[pd.DatetimeIndex], pd.DatetimeIndex]


def _same_day_close(observed: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Known at the end of the day: for a series that states nothing about its publication."""
    return observed.normalize() + pd.Timedelta(hours=23)


def _weekly_wednesday(observed: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """EIA publishes daily spot prices on Wednesday, up to the Monday before.

    Monday's price is known two days later, Tuesday's eight days later. 20:00 UTC is after the
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
    """EIA publishes the stocks of a Friday on the Wednesday after, at 15:30 UTC or earlier.

    After a federal holiday on Monday to Wednesday it is the Thursday, 17:00 UTC or earlier.
    """
    friday = observed.normalize()
    late = friday + pd.Timedelta(days=6, hours=18)
    on_time = friday + pd.Timedelta(days=5, hours=16)
    return on_time.where(~_holiday_after(friday, 3, 4, 5), late)


def _weekly_gas_storage(observed: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """EIA publishes the gas in storage on a Friday on the Thursday after, at 10:30 in New York.

    16:00 UTC is after that in summer and in winter. A Thursday that is a federal holiday has no
    release: some come a day early, others on Friday or, over Christmas, on Monday. They count as
    known from that Monday, 18:00 UTC.
    """
    friday = observed.normalize()
    on_time, late = (
        friday + pd.Timedelta(days=6, hours=16),
        friday + pd.Timedelta(days=10, hours=18),
    )
    return on_time.where(~_holiday_after(friday, 6), late)


def _weekly_positions(observed: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """CFTC publishes the positions of a Tuesday on the Friday after, at 15:30 in New York.

    21:00 UTC is after that in summer and in winter. After a federal holiday on Tuesday to Friday
    they count as known from the Monday after. Shutdowns have held reports back for weeks (2018,
    2025), which no rule covers.
    """
    tuesday = observed.normalize()
    on_time = tuesday + pd.Timedelta(days=3, hours=21)
    late = tuesday + pd.Timedelta(days=6, hours=21)
    return on_time.where(~_holiday_after(tuesday, 0, 1, 2, 3), late)


def _holiday_after(days: pd.DatetimeIndex, *distances: int) -> pd.Series:
    """Whether a federal holiday lies one of so many days after each day."""
    holidays = us_federal_holidays()
    falls = {n: (days + pd.Timedelta(days=n)).isin(holidays) for n in distances}
    return pd.DataFrame(falls).any(axis=1)


def _weekly_dollar(observed: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """The Federal Reserve publishes a week's exchange rates (H.10) on the Monday after.

    At 16:15 in New York, and on the Tuesday where Monday is a holiday; 22:00 UTC is after both.
    """
    day = observed.normalize()
    return day + pd.to_timedelta(8 - day.day_of_week, unit="D") + pd.Timedelta(hours=22)


def _month_after_next(observed: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """A month's production and consumer prices: known when the month after it is over.

    They are usually published around the middle of the next month; in the shutdown of 2013 at its
    end, and in that of 2025 later still, which no rule covers. Source `alfred` has the actual days.
    """
    return observed.normalize() + pd.offsets.MonthBegin(2) + pd.Timedelta(hours=6)


RELEASE_RULES: dict[str, ReleaseRule] = {
    "same-day-close": _same_day_close,
    "weekly-wednesday": _weekly_wednesday,
    "weekly-stocks": _weekly_stocks,
    "after-month-end": _after_month_end,
    "weekly-gas-storage": _weekly_gas_storage,
    "weekly-positions": _weekly_positions,
    "weekly-dollar": _weekly_dollar,
    "month-after-next": _month_after_next,
}


def periods_due(
    calendar: str, frequency: str, release_rule: str, newest: DateLike, moment: DateLike
) -> int:
    """How many periods after `newest` should have been published at `moment`.

    A period is due RELEASE_GRACE after its release by the source's rule. 0: the series is up to
    date.
    """
    later = periods_between(calendar, frequency, newest, moment)
    later = later[later > to_utc(newest)]
    return len(_due(later, release_rule, moment))


def newest_due(
    calendar: str, frequency: str, release_rule: str, newest: DateLike, moment: DateLike
) -> pd.Timestamp:
    """The last period that should have been published at `moment`, at least `newest`.

    `newest` is the last stored period. The rule is that of `periods_due`.
    """
    later = _due(periods_between(calendar, frequency, newest, moment), release_rule, moment)
    last: pd.Timestamp = later[-1] if len(later) else to_utc(newest)
    return last


def _due(periods: pd.DatetimeIndex, release_rule: str, moment: DateLike) -> pd.DatetimeIndex:
    return periods[RELEASE_RULES[release_rule](periods) + RELEASE_GRACE <= to_utc(moment)]
