"""Exponentially weighted volatility, the benchmark of the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wellhead.analytics.volatility.interface import History, Matrix


@dataclass(frozen=True)
class Ewma:
    """Squared changes, each day's weight 6 % smaller than the next (RiskMetrics 1996, 5.2).

    The forecast is the same at every horizon. Nothing is estimated.
    """

    name: str = "ewma"
    needed: int = 75
    decay: float = 0.94

    def fit(self, past: History, horizons: Sequence[int]) -> "Ewma":
        """The model itself."""
        return self

    def variances(self, past: History, horizons: Sequence[int]) -> Matrix:
        """The weighted mean of the squares until each day, at every horizon."""
        weighted = pd.Series(past.changes**2).ewm(alpha=1 - self.decay).mean()
        return np.repeat(weighted.to_numpy()[:, None], len(horizons), axis=1)
