"""Stored prices where they may be missing."""

import pandas as pd

from wellhead.calendars import DateLike
from wellhead.catalogue.series import Frequency
from wellhead.database.operations import get_price_data
from wellhead.errors import NoDataError


def prices_or_none(
    key: str, source: str | None, as_of: DateLike | None = None, frequency: Frequency = "daily"
) -> pd.DataFrame | None:
    """`get_price_data`; None if none are stored, or none were known."""
    try:
        return get_price_data(key, as_of=as_of, source=source, frequency=frequency)
    except NoDataError:
        return None


def values_or_empty(
    key: str, source: str | None, as_of: DateLike | None = None, frequency: Frequency = "daily"
) -> "pd.Series[float]":
    """The values by day; none if none are stored, or none were known."""
    frame = prices_or_none(key, source, as_of, frequency)
    if frame is None:
        days = pd.DatetimeIndex([], tz="UTC", name="observed_at")
        return pd.Series(index=days, dtype=float, name="value")
    return frame.set_index("observed_at")["value"]
