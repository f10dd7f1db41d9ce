"""The mean of several volatility models: their errors differ, so it errs less than most of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wellhead.analytics.volatility.interface import (
    FittedVolatility,
    History,
    Matrix,
    VolatilityModel,
)


@dataclass(frozen=True)
class Average:
    """Equal weights (Patton & Sheppard 2009 find none that do better)."""

    members: tuple[VolatilityModel, ...]
    name: str = "average"

    @property
    def needed(self) -> int:
        """What its most demanding member needs."""
        return max(member.needed for member in self.members)

    def fit(self, past: History, horizons: Sequence[int]) -> "FittedAverage":
        """Fit every member."""
        return FittedAverage(tuple(member.fit(past, horizons) for member in self.members))


@dataclass(frozen=True)
class FittedAverage:
    """The fitted members."""

    members: tuple[FittedVolatility, ...]

    def variances(self, past: History, horizons: Sequence[int]) -> Matrix:
        """The mean of the members' variances."""
        each = [member.variances(past, horizons) for member in self.members]
        return np.asarray(np.mean(each, axis=0))
