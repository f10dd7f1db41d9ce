"""Mean reversion: a stronger benchmark than no-change."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wellhead.features.signed import from_signed_log, signed_log
from wellhead.models.bands import Vector, vector
from wellhead.models.base import Forecaster
from wellhead.models.parameters import Parameters

MONTH = 21  # sessions


@dataclass(frozen=True)
class MeanReversionParameters(Parameters):
    """`speed`: share of the gap to the mean that closes in a month of 21 sessions. `window`:
    sessions of the trailing mean; five years. `short_weight`: weight of the mean of the last
    `short_window` sessions in the forecast of the next session; it halves every `short_half_life`
    sessions.
    """

    speed: float = 0.02
    window: int = 1260
    short_weight: float = 0.0
    short_window: int = 10
    short_half_life: int = 10


class MeanReversion(Forecaster[MeanReversionParameters]):
    """The price returns to its trailing five-year mean, by a fixed share of the gap a month.

    With y the signed logarithm of the price and m its trailing mean, the forecast of y over h
    sessions is y + (m − y)(1 − (1 − k)^(h / 21)): an Ornstein–Uhlenbeck process, Schwartz's
    one-factor model, with a speed k that is given and not estimated. Free estimation loses on oil,
    which trended for years before 2005. k is 2 % for oil and 4 % for gas. A gas price also returns
    to its ten-session mean, with a weight of 20 % for the next session, because the spikes of a
    cold week do not last (`wellhead.models.tuned` holds the settings by commodity).
    """

    name = "mean-reversion"
    min_history = 250
    source = "Schwartz 1997, Journal of Finance 52, model 1; Uhlenbeck & Ornstein 1930."
    limits = (
        "It does not detect a permanent shift of the mean: on monthly oil prices of 1993 to 2004 "
        "it lost to no-change, by 1 to 3 % at three months and by 12 to 13 % at twelve."
    )
    parameters = MeanReversionParameters

    def _fit(self, history: pd.DataFrame) -> None:
        """Nothing to fit: the mean is computed from the newest history."""

    def _mean_changes(self, history: pd.DataFrame, sessions: int) -> Vector:
        price = vector(history["value"])[-self.params.window :]
        logs, steps = signed_log(price), np.arange(1.0, sessions + 1)
        closing = (logs.mean() - logs[-1]) * closed_share(self.params.speed, steps)
        path = from_signed_log(logs[-1] + closing)
        weight = self.params.short_weight * 0.5 ** ((steps - 1) / self.params.short_half_life)
        recent = price[-self.params.short_window :].mean()
        changes: Vector = (1 - weight) * path + weight * recent - price[-1]
        return changes

    def _state(self) -> dict[str, bytes]:
        return {}

    def _restore(self, files: Mapping[str, bytes]) -> None:
        """Nothing to restore."""


def closed_share(speed: float, steps: Vector) -> Vector:
    """Share of a gap that has closed after `steps` sessions."""
    share: Vector = 1 - (1 - speed) ** (steps / MONTH)
    return share
