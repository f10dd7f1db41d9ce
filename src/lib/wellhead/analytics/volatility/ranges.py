"""What a day's bar tells of its variance."""

import math

import pandas as pd

from wellhead.features.changes import level


def range_variance(bars: pd.DataFrame) -> pd.Series:
    """The variance of each day by its range: a squared ratio; NaN of days without a bar.

    (high − low)² / 4 ln 2 (Parkinson 1980) for the hours of trading, and the squared change from
    the close before to the open for the rest. Divided by the trailing level of the price and not in
    logarithms, so that prices may be negative. `bars` has value (the close), open, high and low.
    """
    trading = (bars["high"] - bars["low"]) ** 2 / (4 * math.log(2))
    overnight = (bars["open"] - bars["value"].shift(1)) ** 2
    base = level(bars["value"])
    return (trading + overnight) / base.where(base > 0) ** 2
