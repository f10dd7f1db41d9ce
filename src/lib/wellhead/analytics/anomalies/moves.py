"""How large a change of a price is, by what was known before its day.

In usual daily moves, which are robust; in standard deviations of a model's forecast; and, for a
whole month of changes, in those of the year before.
"""

import numpy as np
import pandas as pd

from wellhead.features.changes import signed_return

MONTH, RECENT, LONG = 21, 63, 252  # sessions
_FEWEST = 40
TO_DEVIATION = 1.4826
"""The standard deviation of a normal law in median absolute ones."""


def usual_moves(prices: pd.Series) -> pd.Series:
    """The usual daily move before each day, in the price's unit; NaN for the first 40 days.

    Robust: 1.48 times the median absolute change of the 63 sessions before (the regime now), never
    less than half of that of the 252 before, so that a quiet month does not make every change an
    alarm. Days without a change do not count: a source that repeats itself would look calm.
    """
    moves = prices.diff().abs()
    moved = moves.where(moves > 0)
    before = moved.shift(1)
    recent = before.rolling(RECENT, min_periods=_FEWEST // 2).median()
    usual = before.rolling(LONG, min_periods=_FEWEST // 2).median()
    move = TO_DEVIATION * np.maximum(recent.fillna(usual), usual / 2)
    return pd.Series(move, index=prices.index).where(np.arange(len(prices)) > _FEWEST)


def in_usual_moves(prices: pd.Series) -> pd.Series:
    """Each change in usual moves, signed."""
    move = usual_moves(prices)
    return prices.diff() / move.where(move > 0)


def in_deviations(prices: pd.Series) -> pd.Series:
    """Each change in standard deviations of the forecast for its day, signed.

    The forecast is that of EWMA, with a weight of 0.94 (RiskMetrics 1996); 75 days are needed.
    """
    moves = prices.diff()
    forecast = (moves**2).shift(1).ewm(alpha=0.06, min_periods=75).mean() ** 0.5
    return moves / forecast.where(forecast > 0)


def storminess(prices: pd.Series) -> pd.Series:
    """How many times as much the price has moved in the last 21 sessions as in the 252 before them.

    Medians of absolute signed returns: single days do not count, and a price that has halved is
    stormy when it moves as much as before.
    """
    sizes = signed_return(prices).abs()
    usual = sizes.rolling(LONG).median().shift(MONTH)
    return sizes.rolling(MONTH).median() / usual.where(usual > 0)
