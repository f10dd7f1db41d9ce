"""Changes of prices on a scale on which they can be correlated."""

import numpy as np
import pandas as pd
from scipy import stats

from wellhead.analytics.anomalies.moves import in_usual_moves


def ranked_changes(prices: pd.Series) -> pd.Series:
    """Each change as a number between −1 and 1: where it lies among the changes usual before it.

    A change in usual daily moves, robust and known on the day (`in_usual_moves`), then 2Φ − 1 of
    it: a rank correlation whose ranks use no later day. The correlation of the changes themselves
    is decided by a few days: that of WTI and Brent since 1987 is 0.31 with 20 April 2020 in it,
    Spearman's and this one are 0.59. Where the usual move is zero, the change has no rank.
    """
    moved = in_usual_moves(prices.dropna())
    return pd.Series(2 * stats.norm.cdf(moved) - 1, moved.index).where(np.isfinite(moved))
