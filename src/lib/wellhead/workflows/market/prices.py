"""Stored values of a series by day, where they may be missing."""

import pandas as pd

from wellhead.calendars import DateLike
from wellhead.catalogue.series import SeriesKey
from wellhead.database.operations import read_values


def values_by_day(series: SeriesKey, as_of: DateLike | None = None) -> "pd.Series[float]":
    """The values known at `as_of` (default: now) by day; none if none are stored, or were known."""
    return read_values(series, as_of).set_index("observed_at")["value"]
