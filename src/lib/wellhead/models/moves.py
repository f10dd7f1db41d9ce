"""Price changes that models learn from: in typical changes, none of them absurd."""

import numpy as np
import pandas as pd

from wellhead.models.bands import Vector, typical_change

LIMIT = 6.0  # typical changes; a normal price passes it about once in 600,000 days


def limited_moves(value: "pd.Series[float]") -> "pd.Series[float]":
    """Each change divided by the typical change of the day before, at most 6 either way.

    The division is a weighting that keeps a wild month from ruling a fit. The limit (Huber 1964)
    bounds what a day may teach: without it 2020-04-20 alone sets a moving-average term. Prices
    themselves are not touched. Zero where a price never moved, and in the first two rows, which
    have no day before.
    """
    change, scale = value.diff(), typical_change(value).shift()
    moves = (change / scale).mask(change == 0, 0.0).clip(-LIMIT, LIMIT)
    moves.iloc[:2] = 0.0
    return moves


def in_prices(history: pd.DataFrame, moves: Vector) -> Vector:
    """Coming moves, one a session, as changes from the last price."""
    changes: Vector = float(typical_change(history["value"]).iloc[-1]) * np.cumsum(moves)
    return changes
