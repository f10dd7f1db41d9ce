"""Price changes in typical changes, winsorised: the input of models that are fitted to changes."""

import numpy as np
import pandas as pd

from wellhead.models.bands import Vector, typical_change

LIMIT = 6.0  # typical changes; a normal variable exceeds it about once in 600,000 days


def winsorised_changes(value: "pd.Series[float]") -> "pd.Series[float]":
    """Each change divided by the typical change of the day before, limited to ±6.

    The division is a weighting that keeps a volatile month from dominating a fit. The limit (Huber
    1964) bounds the influence of one day: without it 2020-04-20 alone determines a moving-average
    term. Prices themselves are not changed. Zero where a price never moved, and in the first two
    rows, which have no typical change of the day before.
    """
    change, scale = value.diff(), typical_change(value).shift()
    changes = (change / scale).mask(change == 0, 0.0).clip(-LIMIT, LIMIT)
    changes.iloc[:2] = 0.0
    return changes


def to_price_changes(history: pd.DataFrame, changes: Vector) -> Vector:
    """Future changes in typical changes, one per session, as changes from the last price."""
    prices: Vector = float(typical_change(history["value"]).iloc[-1]) * np.cumsum(changes)
    return prices
