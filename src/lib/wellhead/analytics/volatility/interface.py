"""The interface of volatility models: fit on a past, then forecast variances from any day.

A change is a daily return, a ratio, that is defined for signed prices
(`wellhead.features.changes.signed_return`). A variance is per day, a squared ratio.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

HORIZONS = (1, 5, 22, 63)
"""Sessions ahead: a day, a week, a month, a quarter."""


@dataclass(frozen=True)
class History:
    """Daily changes in time order, and what each day measured of the variance.

    `proxies`: squared changes, or a range-based variance where high and low are known. Neither has
    a gap.
    """

    days: pd.DatetimeIndex
    changes: Vector
    proxies: Vector

    def until(self, count: int) -> "History":
        """The first `count` days."""
        return History(self.days[:count], self.changes[:count], self.proxies[:count])

    def __len__(self) -> int:
        return len(self.changes)


def history(changes: pd.Series, proxies: pd.Series | None = None) -> History:
    """The days on which both are known."""
    known = pd.DataFrame({"change": changes, "proxy": changes**2 if proxies is None else proxies})
    known = known.dropna()
    columns = (known[name].to_numpy(float) for name in known)
    return History(pd.DatetimeIndex(known.index), *columns)


class FittedVolatility(Protocol):
    """A model with its parameters."""

    def variances(self, past: History, horizons: Sequence[int]) -> Matrix:
        """The expected mean daily variance over the next h sessions; a row a day, a column an h.

        A row uses the history up to its day and nothing later.
        """
        ...


class VolatilityModel(Protocol):
    """A way to forecast volatility."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def needed(self) -> int:
        """Days of history to be fitted on."""
        ...

    def fit(self, past: History, horizons: Sequence[int]) -> FittedVolatility:
        """Estimate the parameters. Raises NotEnoughHistoryError."""
        ...
