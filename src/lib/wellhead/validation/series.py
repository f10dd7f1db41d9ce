"""What rules need and no source supplies: how each row lies in its series."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wellhead.calendars import periods_between
from wellhead.catalogue.lookup import Instrument
from wellhead.catalogue.release_rules import periods_due
from wellhead.catalogue.series import Frequency, SeriesKey
from wellhead.validation.gaps import missing_days

_FRIDAY = 4  # the day on which EIA's weeks end
_WEEKS_TO_LEARN_FROM = 26


@dataclass(frozen=True)
class LoadedSeries:
    """What a batch is of. `release_rule` is the source's rule in `wellhead.calendars`."""

    instrument: Instrument
    source: str
    frequency: Frequency
    release_rule: str

    @property
    def key(self) -> SeriesKey:
        return SeriesKey(self.instrument.key, self.source, self.frequency)

    def __str__(self) -> str:
        return str(self.key)


def judged(
    rows: pd.DataFrame,
    series: LoadedSeries,
    moment: pd.Timestamp,
    history: pd.DataFrame | None = None,
    listed_empty: Iterable[Any] = (),
) -> pd.DataFrame:
    """Prepared rows with the columns that the suite `observations` looks at beside the cells.

    `moment` is when the source was asked. `history` are the stored rows (observed_at) of days
    before the batch, so that a gap between them and a short batch is seen.

    Columns added: off_midnight, off_period (booleans); outside_bar (how far the value lies outside
    low and high); sessions_missing (unexplained missing periods just before the row); of the
    newest row alone share_missing (of the batch's periods) and sessions_late (periods that should
    have been published since).
    """
    day = rows["observed_at"]
    off = _off_period(day, series.frequency)
    return rows.assign(
        off_midnight=day.notna() & (day != day.dt.normalize()),
        off_period=off,
        outside_bar=np.maximum(rows["low"] - rows["value"], rows["value"] - rows["high"]),
        **_gaps(day.mask(off), series, moment, history, listed_empty),
    )


def _off_period(day: pd.Series, frequency: str) -> pd.Series:
    """Whether a weekly row is off the week's day, a monthly one off the first of the month."""
    off = pd.Series(False, index=day.index)
    if frequency == "monthly":
        off |= day.notna() & (day.dt.day != 1)
    elif frequency == "weekly":
        weekdays = day.dt.day_of_week.dropna()
        known = len(weekdays) >= _WEEKS_TO_LEARN_FROM
        off |= day.notna() & (day.dt.day_of_week != (weekdays.mode().iloc[0] if known else _FRIDAY))
    return off


def _gaps(
    day: pd.Series,
    series: LoadedSeries,
    moment: pd.Timestamp,
    history: pd.DataFrame | None,
    listed_empty: Iterable[Any],
) -> dict[str, pd.Series]:
    """Unexplained missing periods before each row, and how fresh the newest row is."""
    blank = pd.Series(np.nan, index=day.index)
    dated = day.dt.normalize()[day <= moment].drop_duplicates().sort_values()
    if dated.empty:
        return {"sessions_missing": blank, "share_missing": blank, "sessions_late": blank}
    stored = [] if history is None or history.empty else [history["observed_at"].max()]
    days = pd.DatetimeIndex(pd.DatetimeIndex(stored, tz="UTC").append(pd.DatetimeIndex(dated)))
    calendar, frequency = series.instrument.calendar, series.frequency
    missing = missing_days(days, series.instrument, frequency, listed_empty)
    gaps = pd.DatetimeIndex(missing.loc[missing["explanation"] == "", "day"])
    before = pd.Series(np.diff(gaps.searchsorted(days), prepend=0)[len(stored) :], dated.index)
    due = periods_between(calendar, frequency, days[0], days[-1])
    late = periods_due(calendar, frequency, series.release_rule, days[-1], moment)
    newest = dated.index[-1:]
    return {
        "sessions_missing": before.astype(float).reindex(day.index),
        "share_missing": pd.Series(len(gaps) / max(len(due), 1), newest).reindex(day.index),
        "sessions_late": pd.Series(float(late), newest).reindex(day.index),
    }
