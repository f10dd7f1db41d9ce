"""Statistics of trailing windows; the current row is the last of its window.

A row is NaN until its window is full.
"""

import math

import pandas as pd

from wellhead.features.changes import signed_return
from wellhead.features.signed import signed_log

SESSIONS_A_YEAR = 252
_FEWEST_OF_A_MEAN = 250  # sessions that a mean over years needs


def rolling_mean(value: "pd.Series[float]", window: int) -> "pd.Series[float]":
    """Mean of the last `window` prices, in the price's unit."""
    return value.rolling(window).mean()


def rolling_std(value: "pd.Series[float]", window: int) -> "pd.Series[float]":
    """Sample standard deviation (n − 1) of the last `window` prices, in the price's unit."""
    return value.rolling(window).std()


def rolling_min(value: "pd.Series[float]", window: int) -> "pd.Series[float]":
    """Lowest of the last `window` prices, in the price's unit."""
    return value.rolling(window).min()


def rolling_max(value: "pd.Series[float]", window: int) -> "pd.Series[float]":
    """Highest of the last `window` prices, in the price's unit."""
    return value.rolling(window).max()


def realised_volatility(value: "pd.Series[float]", window: int) -> "pd.Series[float]":
    """Annualised volatility: root mean square of the last `window` signed returns, times √252.

    A ratio a year. The mean return is taken as zero, as is usual for daily data (Andersen,
    Bollerslev, Diebold & Labys 2003, Econometrica 71, eq. 2).
    """
    variance = signed_return(value).pow(2).rolling(window).mean()
    return variance.pow(0.5) * math.sqrt(SESSIONS_A_YEAR)


def mean_gap(value: "pd.Series[float]", window: int) -> "pd.Series[float]":
    """Trailing mean of the signed logarithm minus its current value; positive if the price is low.

    A ratio: the gap that a mean-reverting price closes (Schwartz 1997, model 1). NaN before 250
    rows.
    """
    logs = signed_log(value)
    return logs.rolling(window, min_periods=_FEWEST_OF_A_MEAN).mean() - logs
