"""Features of the date: known in advance for every future day."""

import math

import numpy as np
import pandas as pd

_DAYS_A_YEAR = 365.25


def day_of_week(days: pd.DatetimeIndex) -> "pd.Series[float]":
    """Monday 0 to Sunday 6."""
    return pd.Series(days.day_of_week, index=days, dtype=float)


def month(days: pd.DatetimeIndex) -> "pd.Series[float]":
    """January 1 to December 12."""
    return pd.Series(days.month, index=days, dtype=float)


def day_of_year_sin(days: pd.DatetimeIndex) -> "pd.Series[float]":
    """Sine of the season, −1 to 1: one turn in 365.25 days."""
    return pd.Series(np.sin(_season(days)), index=days)


def day_of_year_cos(days: pd.DatetimeIndex) -> "pd.Series[float]":
    """Cosine of the season, −1 to 1: one turn in 365.25 days."""
    return pd.Series(np.cos(_season(days)), index=days)


def days_to_month_end(days: pd.DatetimeIndex) -> "pd.Series[float]":
    """Calendar days left in the month, 0 on its last day."""
    return pd.Series(days.days_in_month - days.day, index=days, dtype=float)


def _season(days: pd.DatetimeIndex) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.asarray(days.day_of_year, dtype=float) * (2 * math.pi / _DAYS_A_YEAR)
