"""The benchmarks: no change, and drift."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wellhead.models.artifacts import to_json
from wellhead.models.bands import (
    Matrix,
    Vector,
    band_quantiles,
    half_widths,
    scaled_changes,
    typical_change,
)
from wellhead.models.base import Forecaster


@dataclass(frozen=True)
class NoChangeParameters:
    """`band_window`: sessions of past changes that the bands are measured from."""

    band_window: int = 2500


class NoChange(Forecaster[NoChangeParameters]):
    """The last price, at every horizon: the benchmark that other models are measured against.

    The bands hold the sizes of past changes over as many sessions, scaled to today's volatility
    (`wellhead.models.bands`); they lie evenly about the last price. There is nothing to learn, so
    they always come from the newest history.
    """

    name = "no-change"
    min_history = 63
    parameters = NoChangeParameters

    def _fit(self, history: pd.DataFrame) -> None:
        """Everything is read from the history that is forecast from."""

    def _changes(self, history: pd.DataFrame, horizon: int) -> tuple[Vector, Matrix]:
        none = np.zeros(horizon)
        return none, band_quantiles(none, past_widths(history, horizon, self.params.band_window))

    def _state(self) -> dict[str, bytes]:
        return {}

    def _restore(self, files: Mapping[str, bytes]) -> None:
        """There is no state."""


@dataclass(frozen=True)
class DriftParameters(NoChangeParameters):
    """`drift_window`: sessions over which the mean change is taken."""

    drift_window: int = 2500


class Drift(Forecaster[DriftParameters]):
    """The last price plus h times the mean one-session change of a trailing window.

    Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), section 5.2. The
    drift is learned by `fit`; the bands are those of `NoChange`, around it.
    """

    name = "drift"
    min_history = 63
    parameters = DriftParameters
    _drift: float

    def _fit(self, history: pd.DataFrame) -> None:
        self._drift = float(history["value"].diff().tail(self.params.drift_window).mean())

    def _changes(self, history: pd.DataFrame, horizon: int) -> tuple[Vector, Matrix]:
        mean = self._drift * np.arange(1.0, horizon + 1)
        return mean, band_quantiles(mean, past_widths(history, horizon, self.params.band_window))

    def _state(self) -> dict[str, bytes]:
        return {"drift.json": to_json({"drift": self._drift})}

    def _restore(self, files: Mapping[str, bytes]) -> None:
        self._drift = float(json.loads(files["drift.json"])["drift"])


def past_widths(history: pd.DataFrame, horizon: int, window: int) -> Matrix:
    """Half-widths of the bands of an anchored forecast, horizons × 3, in the price's unit."""
    value = history["value"]
    widths = half_widths(scaled_changes(value, horizon, window))
    return widths * float(typical_change(value).iloc[-1])
