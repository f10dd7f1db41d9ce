"""EIA's Short-Term Energy Outlook (STEO): its series, and the dates of an issue.

An issue is written 'YYYY-MM'. It uses information up to the first Thursday of its month, its
cut-off, and is published on the Tuesday after (EIA's rule; in January sometimes a week later).
"""

import pandas as pd

from wellhead.calendars import DateLike, to_utc

SERIES = {"WTI": "WTIPUUS", "BRENT": "BREPUUS", "HENRY_HUB": "NGHHUUS"}
"""Instrument -> STEO series: monthly averages, in the instrument's unit."""

HOW_TO_LOAD = (
    "Load issues with `wellhead steo load FILE`, a CSV file "
    "steo_issue,series,period,value,kind, or the newest one with `wellhead steo fetch`."
)


def cutoff(issue: str) -> pd.Timestamp:
    """The cut-off of an issue: the end of its first Thursday, in UTC."""
    first = to_utc(f"{issue}-01", name="issue")
    return first + pd.Timedelta(days=(3 - first.day_of_week) % 7 + 1) - pd.Timedelta(microseconds=1)


def published_at(issue: str) -> pd.Timestamp:
    """The publication of an issue: noon in Washington is 17:00 UTC or earlier."""
    return cutoff(issue).normalize() + pd.Timedelta(days=5, hours=17)


def newest_issue(moment: DateLike) -> str:
    """The newest issue at a moment."""
    now = to_utc(moment)
    month = now.strftime("%Y-%m")
    if published_at(month) <= now:
        return month
    return (now.normalize().replace(day=1) - pd.Timedelta(days=1)).strftime("%Y-%m")
