"""The benchmarks: no-change, and drift."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wellhead.models.artifacts import to_json
from wellhead.models.bands import Vector
from wellhead.models.base import Forecaster
from wellhead.models.parameters import Parameters


class NoChange(Forecaster[Parameters]):
    """The last price, at every horizon: the benchmark of all other models.

    The bands come from past changes over as many sessions, scaled to today's volatility
    (`wellhead.models.bands`), and are symmetric around the last price. Nothing is fitted: they are
    computed from the newest history.
    """

    name = "no-change"
    min_history = 63
    source = "Meese & Rogoff 1983, Journal of International Economics 14."
    limits = "It forecasts no direction, only how far the price may move."
    parameters = Parameters

    def _fit(self, history: pd.DataFrame) -> None:
        """Nothing to fit: everything is computed from the newest history."""

    def _mean_changes(self, history: pd.DataFrame, sessions: int) -> Vector:
        return np.zeros(sessions)

    def _state(self) -> dict[str, bytes]:
        return {}

    def _restore(self, files: Mapping[str, bytes]) -> None:
        """Nothing to restore."""


@dataclass(frozen=True)
class DriftParameters(Parameters):
    """`drift_window`: sessions of the mean change."""

    drift_window: int = 2500


class Drift(Forecaster[DriftParameters]):
    """The last price plus h times the mean one-session change of a trailing window.

    `fit` estimates the drift; the bands are those of `NoChange` around it.
    """

    name = "drift"
    min_history = 63
    source = "Hyndman & Athanasopoulos 2021, Forecasting: Principles and Practice, section 5.2."
    limits = "It extrapolates the slope of the last decade; on oil it loses to no-change."
    parameters = DriftParameters
    _drift: float

    def _fit(self, history: pd.DataFrame) -> None:
        self._drift = float(history["value"].diff().tail(self.params.drift_window).mean())

    def _mean_changes(self, history: pd.DataFrame, sessions: int) -> Vector:
        return self._drift * np.arange(1.0, sessions + 1)

    def _state(self) -> dict[str, bytes]:
        return {"drift.json": to_json({"drift": self._drift})}

    def _restore(self, files: Mapping[str, bytes]) -> None:
        self._drift = float(json.loads(files["drift.json"])["drift"])
