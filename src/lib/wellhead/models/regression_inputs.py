"""What the regression reads: a few ratios of prices that point to where a price will go.

Each is a logarithm or a difference of logarithms, signed (`features.signed`), and at a row depends
on that row and earlier ones only. NaN where its window is not full.
"""

import math

import numpy as np
import pandas as pd

from wellhead.features.signed import signed_log

PRICES = ("WTI", "BRENT", "HENRY_HUB", "GASOLINE", "HEATING_OIL", "PROPANE")
STOCKS = "CRUDE_STOCKS"
MEMORY = 1261  # rows that the value of every input at the last row depends on

_CENT = 0.05  # where logarithms of a spread bend: below any price of a product a gallon
_TWO_YEARS, _FORTNIGHT, _MONTH, _YEAR = 504, 10, 21, 252
_FEWEST = 120  # rows of the two years
_SPIKE = 0.1  # a tenth away from the fortnight's mean is not yet a spike
_DAYS_A_YEAR = 365.25

LIMITS = {"spike": 1.5}
"""Of an input that is all in its extremes: the most it may be, in its own unit."""


def inputs(history: pd.DataFrame) -> pd.DataFrame:
    """One column an input, one row a session: those that the columns of `history` allow.

    Own: `reversal` (mean of ten sessions minus now), `spike` (what of that exceeds a tenth),
    `momentum` (change over 21 sessions), `season_sin`, `season_cos`. Of each related price there
    is: `spread_KEY` (spread minus its two-year mean) and `short_spread_KEY` (minus its mean of ten
    sessions), as in Baumeister, Kilian & Zhou 2018, Macroeconomic Dynamics 22. `stocks`: crude
    stocks against the same time of the five years before.
    """
    logs = signed_log(history["value"])
    reversal = logs.rolling(_FORTNIGHT).mean() - logs
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
            found.update(_spreads(key, history))
    if STOCKS in history:
        found["stocks"] = _against_season(history[STOCKS])
    return pd.DataFrame(found, dtype=float)


def _spreads(key: str, history: pd.DataFrame) -> dict[str, "pd.Series[float]"]:
    spread = signed_log(history["value"], _CENT) - signed_log(history[key].astype(float), _CENT)
    usual = spread.rolling(_TWO_YEARS, min_periods=_FEWEST).mean()
    return {
        f"spread_{key}": spread - usual,
        f"short_spread_{key}": spread - spread.rolling(_FORTNIGHT).mean(),
    }


def _against_season(stocks: "pd.Series[float]") -> "pd.Series[float]":
    logs = signed_log(stocks.astype(float))
    same_time = pd.concat([logs.shift(_YEAR * years) for years in range(1, 6)], axis=1)
    return logs - same_time.mean(axis=1, skipna=False)
