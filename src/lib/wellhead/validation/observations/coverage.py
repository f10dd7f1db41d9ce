"""Rule columns that the calendar decides: missing periods, and how late the newest row is."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from wellhead.calendars import periods_between
from wellhead.catalogue.release_rules import periods_due
from wellhead.validation.gaps import missing_days
from wellhead.validation.observations.series import LoadedSeries


def coverage_columns(
    day: pd.Series,
    series: LoadedSeries,
    moment: pd.Timestamp,
    before: pd.DataFrame,
    listed_empty: Iterable[Any],
) -> dict[str, pd.Series]:
    """The columns by name, aligned with `day`, the days of the rows; NaN where they say nothing.

    `moment` is when the source was asked. `before` are the stored days (observed_at) before the
    batch, so that a gap between them and a short batch is seen. `listed_empty` are days that the
    source lists without a value.

    sessions_missing: unexplained missing periods just before the row. Of the newest row alone:
    share_missing (of the periods of the batch) and sessions_late (periods that should have been
    published since).
    """
    blank = pd.Series(np.nan, index=day.index)
    dated = day.dt.normalize()[day <= moment].drop_duplicates().sort_values()
    if dated.empty:
        return {"sessions_missing": blank, "share_missing": blank, "sessions_late": blank}
    stored = [] if before.empty else [before["observed_at"].max()]
    days = pd.DatetimeIndex(pd.DatetimeIndex(stored, tz="UTC").append(pd.DatetimeIndex(dated)))
    calendar, frequency = series.instrument.calendar, series.frequency
    missing = missing_days(days, series.instrument, frequency, listed_empty)
    gaps = pd.DatetimeIndex(missing.loc[missing["explanation"] == "", "day"])
    gaps_before = np.diff(gaps.searchsorted(days), prepend=0)[len(stored) :]
    due = periods_between(calendar, frequency, days[0], days[-1])
    late = periods_due(calendar, frequency, series.release_rule, days[-1], moment)
    newest = dated.index[-1:]
    return {
        "sessions_missing": pd.Series(gaps_before, dated.index).astype(float).reindex(day.index),
        "share_missing": pd.Series(len(gaps) / max(len(due), 1), newest).reindex(day.index),
        "sessions_late": pd.Series(float(late), newest).reindex(day.index),
    }
