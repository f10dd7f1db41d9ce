"""Rule columns that the calendar's sessions decide: days on which the market is closed."""

from collections import Counter

import pandas as pd

from wellhead.calendars import sessions
from wellhead.catalogue.own_calendars import calendar_title, fitting_calendar, no_sessions
from wellhead.validation.observations.series import LoadedSeries

_MANY = 0.05  # share of rows; of EIA's real prices at most 1 % are of days without a session
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FEW = 9  # days; in a window of a hundred days there can be some holidays with prices


def session_columns(observed_at: pd.Series, series: LoadedSeries) -> dict[str, pd.Series]:
    """The columns by name, aligned with `observed_at`.

    is_weekend: the day is a Saturday or Sunday, and no session. no_session: the weekday of a day
    that is no session, where so many days of a daily series are none that they cannot be
    exceptions; else None.
    """
    day = observed_at.dt.normalize()
    known = day.isin(sessions("everyday"))
    closed = (
        known & ~day.isin(sessions(series.instrument.calendar)) & (series.frequency != "monthly")
    )
    many = series.frequency == "daily" and closed.sum() > max(_MANY * known.sum(), _FEW)
    return {
        "is_weekend": closed & (day.dt.day_of_week >= 5),
        "no_session": day.dt.day_name().astype(object).where(closed & many, None),
    }


def session_advice(observed_at: pd.Series, series: LoadedSeries) -> str:
    """The number of days that are no session, the likely reason, and the calendar that fits.

    Nothing where all days are sessions, or the series is not daily.
    """
    days = pd.DatetimeIndex(observed_at.dropna().dt.normalize().unique())
    calendar = series.instrument.calendar
    if series.frequency != "daily" or days.empty or (closed := no_sessions(days, calendar)).empty:
        return ""
    counts = sorted(Counter(closed.sort_values().day_of_week).items(), key=lambda n: (-n[1], n[0]))
    weekdays = ", ".join(f"{n} {_WEEKDAYS[day]}{'s' * (n > 1)}" for day, n in counts)
    return (
        f"{len(closed)} of {len(days)} days are no session of "
        f"'{calendar_title(calendar)}' ({weekdays}){_reason(days, calendar)}"
    )


def _reason(days: pd.DatetimeIndex, calendar: str) -> str:
    if fitting := fitting_calendar(days, calendar):
        return (
            f". Calendar '{fitting}' fits: --calendar {fitting} in a backtest, calendar: {fitting} "
            "in instruments.yml"
        )
    closed = len(no_sessions(days, calendar))
    for step, word in ((1, "later"), (-1, "earlier")):
        moved = len(no_sessions(days + pd.Timedelta(days=step), calendar))
        if closed > _MANY * len(days) and 4 * moved < closed:
            return (
                f". One day {word} they would be sessions: the days were probably shifted by a "
                "time zone. Write each price beside the market's own day, without a time"
            )
    return ". No calendar with a name fits better"
