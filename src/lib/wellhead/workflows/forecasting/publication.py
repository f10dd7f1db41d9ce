"""Counts a forecast's days from its publication, and says which of them had begun by then."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

import pandas as pd

from wellhead.calendars import sessions_after


@lru_cache(maxsize=64)
def count_from_publication(
    days: tuple[datetime, ...], made_at: datetime, calendar: str
) -> tuple[int, ...]:
    """The session number of each day forecast, counted from the day of `made_at`.

    1 is the first session after that day; 0 and less had begun when the forecast was made.
    """
    return tuple(sessions_after(calendar, made_at, pd.DatetimeIndex(list(days))).tolist())


def publication_note(made_at: pd.Timestamp, from_publication: Collection[int]) -> str:
    """When a forecast was made, and how many of its days had begun by then, as a sentence."""
    made = f"Made on {made_at:%Y-%m-%d %H:%M} UTC, when the newest price was published"
    begun = sum(count <= 0 for count in from_publication)
    if not begun:
        return f"{made}."
    days = "day was" if begun == 1 else f"{begun} days were"
    return f"{made}: the first {days} over or under way by then."
