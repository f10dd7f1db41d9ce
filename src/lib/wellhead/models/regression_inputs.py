"""The inputs of the regression: a few ratios of prices that predict changes.

Each is a signed logarithm (`features.signed`) or a difference of such logarithms. A row depends
only on itself and earlier rows. NaN where a window is not full.
"""

import math

import numpy as np
import pandas as pd

from wellhead.features.signed import signed_log

PRICES = ("WTI", "BRENT", "HENRY_HUB", "GASOLINE", "PROPANE")
STOCKS = "CRUDE_STOCKS"
MEMORY = 525  # rows that the value of every input at the last row depends on

_CENT = 0.05  # unit of the signed log of spreads: below any product price per gallon
_FORTNIGHT, _MONTH, _YEAR = 10, 21, 252
_FEWEST = 120  # rows of the two years
_SPIKE = 0.1  # a deviation from the ten-session median below this is no spike
_DAYS_A_YEAR = 365.25

Columns = dict[str, "pd.Series[float]"]

LIMITS = {"spike": 1.5}
"""Limits of inputs that consist of extremes, in their own unit."""


def regression_inputs(
    history: pd.DataFrame, sister: str = "", stocks: bool = False
) -> pd.DataFrame:
    """The inputs that the columns of `history` allow: one column per input, one row per session.

    Of the price: `reversal` (ten-session median minus now), `spike` (the part of it beyond ±0.1),
    `momentum` (change over 21 sessions), `season_sin`, `season_cos`. Of each related price in the
    history: `spread_KEY` (spread minus its two-year mean), `season_spread_KEY` (minus its mean at
    the same time of the two years; not for the `sister`, which has the same season) and
    `short_spread_KEY` (minus its ten-session median), after Baumeister, Kilian & Zhou 2018,
    Macroeconomic Dynamics 22. With `stocks`, of crude stocks: `stocks` (logarithm minus its mean at
    the same time of the two years before). Medians, because one extreme day would shift a mean.
    """
    columns = _own_inputs(history)
    for key in PRICES:
        if key in history and not history[key].equals(history["value"]):
            columns |= _spread_inputs(history, key, seasonal=key != sister)
    if stocks and STOCKS in history:
        level = signed_log(history[STOCKS].astype(float))
        columns["stocks"] = level - _same_time(level)
    return pd.DataFrame(columns, dtype=float)


def _own_inputs(history: pd.DataFrame) -> Columns:
    logs = signed_log(history["value"])
    reversal = logs.rolling(_FORTNIGHT).median() - logs
    beyond = (reversal.abs() - _SPIKE).clip(lower=0)
    season = 2 * math.pi * pd.DatetimeIndex(history.index).day_of_year / _DAYS_A_YEAR
    return {
        "reversal": reversal,
        "spike": beyond * np.sign(reversal),
        "momentum": logs.diff(_MONTH),
        "season_sin": pd.Series(np.sin(season), index=history.index),
        "season_cos": pd.Series(np.cos(season), index=history.index),
    }


def _spread_inputs(history: pd.DataFrame, key: str, *, seasonal: bool) -> Columns:
    spread = signed_log(history["value"], _CENT)
    spread = spread - signed_log(history[key].astype(float), _CENT)
    columns = {
        f"spread_{key}": spread - spread.rolling(2 * _YEAR, min_periods=_FEWEST).mean(),
        f"short_spread_{key}": spread - spread.rolling(_FORTNIGHT).median(),
    }
    return columns | ({f"season_spread_{key}": spread - _same_time(spread)} if seasonal else {})


def _same_time(level: "pd.Series[float]") -> "pd.Series[float]":
    """Mean level in the month around the same day, one and two years before, where known."""
    month = level.rolling(_MONTH, min_periods=_MONTH // 2).mean()
    years = [month.shift(_YEAR * ago - _MONTH // 2) for ago in (1, 2)]
    return pd.concat(years, axis=1).mean(axis=1)
