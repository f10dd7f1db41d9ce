"""The usual daily move of a price, as known before each day, and how many of them a change is."""

import numpy as np
import pandas as pd

RECENT, LONG = 63, 252  # sessions
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
