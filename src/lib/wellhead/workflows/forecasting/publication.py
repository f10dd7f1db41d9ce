"""Counts a forecast's days from its publication, and says which of them had begun by then."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.calendars import sessions_after


def count_from_publication(daily: pd.DataFrame, calendar: str) -> NDArray[np.int64]:
    """The session number of every `target_at`, counted from the day of `made_at`.

    `daily` holds daily forecasts made at one moment. 1 is the first session after that day; 0 and
    less had begun when the forecast was made.
    """
    days = pd.DatetimeIndex(daily["target_at"])
    return sessions_after(calendar, daily["made_at"].iloc[0], days)


def publication_note(made_at: pd.Timestamp, from_publication: Collection[int]) -> str:
    """When a forecast was made, and how many of its days had begun by then, as a sentence."""
    made = f"Made on {made_at:%Y-%m-%d %H:%M} UTC, when the newest price was published"
    begun = sum(count <= 0 for count in from_publication)
    if not begun:
        return f"{made}."
    days = "day was" if begun == 1 else f"{begun} days were"
    return f"{made}: the first {days} over or under way by then."
