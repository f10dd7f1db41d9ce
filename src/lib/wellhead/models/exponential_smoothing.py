"""Exponential smoothing with a damped trend."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wellhead.models.artifacts import to_json
from wellhead.models.bands import Vector, vector
from wellhead.models.base import Forecaster
from wellhead.models.parameters import Parameters
from wellhead.models.winsorised import to_price_changes, winsorised_changes

_STATE_WINDOW = 500  # sessions after which the state has forgotten its initial value


@dataclass(frozen=True)
class ExponentialSmoothingParameters(Parameters):
    """`window`: sessions that the three weights are fitted on."""

    window: int = 1500


class ExponentialSmoothing(Forecaster[ExponentialSmoothingParameters]):
    """Holt's level and damped trend: newer days have more weight than older ones.

    It smooths the sum of winsorised changes (`wellhead.models.winsorised`), because a signed price
    has no logarithm and one extreme day would determine the weights. The forecast change is the
    difference between level plus trend and the last value of that sum.

    Between refits the weights stay and level and trend are updated with the newest changes.
    """

    name = "exponential-smoothing"
    min_history = 250
    source = "Holt 1957; Gardner & McKenzie 1985, Management Science 31; fitted by statsmodels."
    limits = "It uses only the price's own last weeks; on oil that is hardly better than no-change."
    parameters = ExponentialSmoothingParameters
    _level: float  # smoothing weights of level and trend, and the damping factor
    _trend: float
    _damping: float

    def _fit(self, history: pd.DataFrame) -> None:
        path = vector(winsorised_changes(history["value"]).cumsum())[-self.params.window :]
        self._level, self._trend, self._damping = 1.0, 0.0, 0.9
        if not np.ptp(path):
            return
        from statsmodels.tsa.holtwinters import Holt

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an optimum on a bound is usable
            fitted = Holt(path, damped_trend=True, initialization_method="heuristic").fit()
        weights = ("smoothing_level", "smoothing_trend", "damping_trend")
        self._level, self._trend, self._damping = (float(fitted.params[name]) for name in weights)

    def _mean_changes(self, history: pd.DataFrame, sessions: int) -> Vector:
        path = vector(winsorised_changes(history["value"]).cumsum())[-_STATE_WINDOW:]
        level, trend = path[0], 0.0
        for value in path[1:]:
            before, damped = level, self._damping * trend
            level = self._level * value + (1 - self._level) * (before + damped)
            trend = self._trend * (level - before) + (1 - self._trend) * damped
        steps = trend * self._damping ** np.arange(1.0, sessions + 1)
        steps[0] += level - path[-1]
        return to_price_changes(history, steps)

    def _state(self) -> dict[str, bytes]:
        weights = {"level": self._level, "trend": self._trend, "damping": self._damping}
        return {"weights.json": to_json(weights)}

    def _restore(self, files: Mapping[str, bytes]) -> None:
        weights = json.loads(files["weights.json"])
        self._level, self._trend = weights["level"], weights["trend"]
        self._damping = weights["damping"]
