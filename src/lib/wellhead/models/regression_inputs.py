"""What the regression reads: a few ratios of prices that point to where a price will go.

Each is a logarithm or a difference of logarithms, signed (`features.signed`), and at a row depends
on that row and earlier ones only. NaN where its window is not full.
"""

import math

import numpy as np
import pandas as pd

from wellhead.features.signed import signed_log

PRICES = ("WTI", "BRENT", "HENRY_HUB", "GASOLINE", "PROPANE")
STOCKS = "CRUDE_STOCKS"
MEMORY = 525  # rows that the value of every input at the last row depends on

_CENT = 0.05  # where logarithms of a spread bend: below any price of a product a gallon
_FORTNIGHT, _MONTH, _YEAR = 10, 21, 252
_FEWEST = 120  # rows of the two years
_SPIKE = 0.1  # a tenth away from the fortnight's median is not yet a spike
_DAYS_A_YEAR = 365.25

LIMITS = {"spike": 1.5}
"""Of an input that is all in its extremes: the most it may be, in its own unit."""


def inputs(history: pd.DataFrame, sister: str = "", stocks: bool = False) -> pd.DataFrame:
    """One column an input, one row a session: those that the columns of `history` allow.

    Own: `reversal` (median of ten sessions minus now), `spike` (what of that exceeds a tenth),
    `momentum` (change over 21 sessions), `season_sin`, `season_cos`. Of each related price there
    is: `spread_KEY` (spread minus its two-year mean), `season_spread_KEY` (minus its means of the
    same time in those two years; not of the `sister`, whose season is the same) and
    `short_spread_KEY` (minus its median of ten sessions), after Baumeister, Kilian & Zhou 2018,
    Macroeconomic Dynamics 22. With `stocks`, of crude stocks: `stocks` (logarithm minus its means
    of the same time in the two years before). A fortnight has a median, for one absurd day would
    move its mean.
    """
    logs = signed_log(history["value"])
    reversal = logs.rolling(_FORTNIGHT).median() - logs
    beyond = (reversal.abs() - _SPIKE).clip(lower=0)
    season = 2 * math.pi * pd.DatetimeIndex(history.index).day_of_year / _DAYS_A_YEAR
    found = {
        "reversal": reversal,
        "spike": beyond * np.sign(reversal),
        "momentum": logs.diff(_MONTH),
        "season_sin": pd.Series(np.sin(season), index=history.index),
        "season_cos": pd.Series(np.cos(season), index=history.index),
    }
    for key in PRICES:
        if key in history and not history[key].equals(history["value"]):
            spread = signed_log(history["value"], _CENT)
            spread = spread - signed_log(history[key].astype(float), _CENT)
            found[f"spread_{key}"] = spread - spread.rolling(2 * _YEAR, min_periods=_FEWEST).mean()
            found[f"short_spread_{key}"] = spread - spread.rolling(_FORTNIGHT).median()
            if key != sister:
                found[f"season_spread_{key}"] = spread - _same_time(spread)
    if stocks and STOCKS in history:
        stored = signed_log(history[STOCKS].astype(float))
        found["stocks"] = stored - _same_time(stored)
    return pd.DataFrame(found, dtype=float)


def _same_time(level: "pd.Series[float]") -> "pd.Series[float]":
    """Mean of the months around the same day one and two years before, of those there are."""
    month = level.rolling(_MONTH, min_periods=_MONTH // 2).mean()
    years = [month.shift(_YEAR * ago - _MONTH // 2) for ago in (1, 2)]
    return pd.concat(years, axis=1).mean(axis=1)
