"""Lags, changes and returns of signed prices.

Every function takes prices in time order and returns a series with the same index. The first rows,
whose window begins before the first price, are NaN.
"""

import pandas as pd

LEVEL_WINDOW = 21  # sessions in the trailing level: about one month


def lag(value: "pd.Series[float]", sessions: int) -> "pd.Series[float]":
    """The price `sessions` rows earlier, in the price's unit."""
    return value.shift(sessions)


def change(value: "pd.Series[float]", sessions: int = 1) -> "pd.Series[float]":
    """Price minus the price `sessions` rows earlier, in the price's unit."""
    return value.diff(sessions)


def level(value: "pd.Series[float]") -> "pd.Series[float]":
    """Mean absolute price of the last 21 rows, this one included; fewer at the start."""
    return value.abs().rolling(LEVEL_WINDOW, min_periods=1).mean()


def momentum(value: "pd.Series[float]", sessions: int) -> "pd.Series[float]":
    """Change over `sessions` rows divided by the trailing level, a ratio.

    For positive, slowly moving prices it is close to the simple return. Unlike the return, it is
    defined for prices at and below zero. A level of zero means that the last 21 prices are zero;
    the change over up to 20 rows is then zero, and over more it is not defined (NaN).
    """
    moved, base = change(value, sessions), level(value)
    ratio = moved / base.where(base > 0)
    return ratio.mask((base == 0) & (moved == 0), 0.0)


def signed_return(value: "pd.Series[float]") -> "pd.Series[float]":
    """One-row change divided by the trailing level, a ratio between −21 and 21.

    The level includes this price and the one before, so it is zero only where both are, and the
    ratio is bounded by the window's length whatever the prices: −36.98 after 18.31 gives −3.2.
    """
    return momentum(value, 1)
