"""The actual values of targets, and when each became known."""

from typing import Any

import pandas as pd

from wellhead.calendars import sessions
from wellhead.catalogue.targets import Target
from wellhead.features.point_in_time import as_of


def month_start(moment: Any) -> Any:
    """The midnight that begins the month of a moment, or of each moment of an index."""
    day = moment.normalize()
    return day - pd.to_timedelta(day.day - 1, unit="D")


def actuals(observations: pd.DataFrame, target: Target, calendar: str) -> pd.DataFrame:
    """Actual values, indexed by `target_at`: columns actual and actual_available_at.

    The actual value of a day is its latest vintage, known since that vintage was available. That of
    a month is the mean of its days' latest vintages, known since the last of them was available; a
    month counts once its last session, or a later day, has a price.
    """
    latest = as_of(observations, observations["available_at"].max())
    days = latest[["value", "available_at"]].set_axis(["actual", "actual_available_at"], axis=1)
    days = days.rename_axis("target_at")
    return days if target == Target.DAILY else _monthly(days, observations, calendar)


def _monthly(days: pd.DataFrame, observations: pd.DataFrame, calendar: str) -> pd.DataFrame:
    starts = month_start(pd.DatetimeIndex(days.index))
    # The mean of an array, as in a forecast: a forecast of a completely known month is then exact.
    months = days.groupby(starts).agg(
        actual=("actual", lambda part: part.to_numpy(dtype=float).mean()),
        actual_available_at=("actual_available_at", "max"),
    )
    months.index.name = "target_at"
    ended = _known_to_have_ended(observations, pd.DatetimeIndex(months.index), calendar)
    complete = months[ended.notna().to_numpy()]
    later = complete["actual_available_at"].combine(ended.dropna(), max)
    return complete.assign(actual_available_at=later)


def _known_to_have_ended(
    observations: pd.DataFrame, starts: pd.DatetimeIndex, calendar: str
) -> "pd.Series[pd.Timestamp]":
    """For each month, when a price of its last session or of a later day was first known."""
    first_known = observations.groupby("observed_at")["available_at"].min()
    since = first_known[::-1].cummin()[::-1]
    trading = sessions(calendar)
    last = trading[trading.searchsorted(starts + pd.offsets.MonthBegin()) - 1]
    position = pd.DatetimeIndex(since.index).searchsorted(last)
    known = [since.iloc[i] if i < len(since) else pd.NaT for i in position]
    return pd.Series(known, index=starts, dtype=since.dtype)
