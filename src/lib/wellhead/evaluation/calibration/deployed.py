"""Deployed forecasters: what is registered and forecasts every night.

A deployed forecaster is one calibrated model, or a combination of several. Its artifact holds the
fitted models together with what was learned by the end of their backtests: the corrections of the
quantiles and the weights of the combination. So a registered version forecasts as its backtest did.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wellhead.catalogue.targets import Target, find_target
from wellhead.errors import ArtifactError, InputError
from wellhead.evaluation.backtesting.targets import TargetForecast, target_forecast
from wellhead.evaluation.calibration.calibration import CORRECTION, corrected
from wellhead.evaluation.calibration.combination import COMBINATION, WeightingOptions
from wellhead.evaluation.calibration.learned import from_content, rows_for_horizons, to_content
from wellhead.features import build_features
from wellhead.files import temporary_folder
from wellhead.models import Forecaster, load
from wellhead.models.artifacts import (
    UNREADABLE,
    Artifact,
    files_below,
    read_artifact,
    to_json,
    write_artifact,
)

HistoryOf = Callable[[Forecaster[Any]], pd.DataFrame]
"""Gives a model the history it reads: its features, and its covariates where they are known."""

_CALIBRATED = "calibrated"
_MODEL, _MEMBERS, _LEARNED = "model", "members", "learned.json"


class DeployedForecaster(ABC):
    """Fitted models and what was learned from their backtests.

    `corrections`, and other learned tables, are indexed by (target_kind, horizon); a horizon beyond
    the backtest's farthest one uses that one's row.
    """

    calendar: str
    corrections: pd.DataFrame

    def forecast(
        self, target: Target, history_of: HistoryOf, made_at: pd.Timestamp, count: int
    ) -> TargetForecast:
        """The next `count` sessions, or the running month and `count` more; quantiles calibrated.

        Raises InputError for a target it was not trained for, else as the models' `predict`.
        """
        trained_for = sorted(set(self.corrections.index.get_level_values("target_kind")))
        if target not in trained_for:
            raise InputError(
                f"target {target.value!r} was not trained: ask for {', '.join(trained_for)}."
            )
        raw = self.uncalibrated(target, history_of, made_at, count)
        correction = rows_for_horizons(self.corrections[list(CORRECTION)], target, raw.horizons)
        return raw._replace(statistics=corrected(raw.statistics, correction))

    def predict(self, prices: "pd.Series[float]", target: str, count: int) -> pd.DataFrame:
        """`forecast` from a series of prices (indexed by observed_at), for programs of the user.

        One row per horizon: horizon, target_at, the STATISTICS. Covariates are taken as unknown.
        """
        return self.forecast(
            find_target(target),
            lambda model: build_features(prices, model.features),
            prices.index[-1],
            count,
        ).frame()

    def save(self, folder: Path) -> None:
        """Write everything to `folder`, whole or not at all, sealed by one manifest."""
        with temporary_folder() as temporary:
            name, learned = self._save_parts(Path(temporary))
            files = files_below(Path(temporary))
        tables = {key: to_content(table) for key, table in learned.items()}
        content = to_json({"calendar": self.calendar, **tables})
        write_artifact(folder, Artifact(name, {**files, _LEARNED: content}))

    @abstractmethod
    def card(self) -> dict[str, Any]:
        """Its model card: JSON content, as `Forecaster.card`."""

    @abstractmethod
    def uncalibrated(
        self, target: Target, history_of: HistoryOf, made_at: pd.Timestamp, count: int
    ) -> TargetForecast:
        """The forecast before its quantiles are corrected."""

    @abstractmethod
    def _save_parts(self, folder: Path) -> tuple[str, dict[str, pd.DataFrame]]:
        """Write the fitted models below `folder`; return the artifact's name and the tables."""


@dataclass(frozen=True)
class CalibratedForecaster(DeployedForecaster):
    """One fitted model with calibrated quantiles."""

    model: Forecaster[Any]
    calendar: str
    corrections: pd.DataFrame

    def card(self) -> dict[str, Any]:
        return self.model.card()

    def uncalibrated(
        self, target: Target, history_of: HistoryOf, made_at: pd.Timestamp, count: int
    ) -> TargetForecast:
        history = history_of(self.model)
        return target_forecast(self.model, target, history, made_at, count, self.calendar)

    def _save_parts(self, folder: Path) -> tuple[str, dict[str, pd.DataFrame]]:
        self.model.save(folder / _MODEL)
        return _CALIBRATED, {"corrections": self.corrections}


@dataclass(frozen=True)
class CombinedForecaster(DeployedForecaster):
    """Several forecasters: at each horizon the weighted mean of their uncalibrated forecasts."""

    members: Mapping[str, DeployedForecaster]
    calendar: str
    weights: pd.DataFrame
    """Indexed by (target_kind, horizon), a column per member, as `next_weights` returns them."""
    corrections: pd.DataFrame

    def card(self) -> dict[str, Any]:
        cards = [member.card() for member in self.members.values()]
        return {
            "model": COMBINATION,
            "what": "The weighted mean of the other models, with weights for each horizon.",
            "how": "Weights are learned from past errors, constrained to be positive and to sum to "
            "one, and stay at the starting weights as far as their gain may be chance. The mean of "
            "the members' own quantiles is calibrated as one forecast.",
            "source": "Granger & Ramanathan 1984; Stock & Watson 2004",
            "limits": "It cannot beat its members where all of them make the same error.",
            "parameters": asdict(WeightingOptions()),
            "parameter_meaning": "How past errors become weights: class WeightingOptions.",
            "features": sorted({name for card in cards for name in card["features"]}),
            "covariates": sorted({name for card in cards for name in card["covariates"]}),
            "min_history": max(card["min_history"] for card in cards),
            "members": list(self.members),
        }

    def uncalibrated(
        self, target: Target, history_of: HistoryOf, made_at: pd.Timestamp, count: int
    ) -> TargetForecast:
        forecasts = [
            member.uncalibrated(target, history_of, made_at, count)
            for member in self.members.values()
        ]
        first = forecasts[0]
        weights = rows_for_horizons(self.weights[list(self.members)], target, first.horizons)
        stacked = np.stack([forecast.statistics for forecast in forecasts], axis=1)
        return first._replace(statistics=np.einsum("rm,rms->rs", weights, stacked))

    def _save_parts(self, folder: Path) -> tuple[str, dict[str, pd.DataFrame]]:
        for name, member in self.members.items():
            member.save(folder / _MEMBERS / name)
        return COMBINATION, {"corrections": self.corrections, "weights": self.weights}


def load_deployed(folder: Path, manifest_sha256: str | None = None) -> DeployedForecaster:
    """The forecaster saved in `folder`; with its manifest's digest, only if it is that very one.

    Raises ArtifactError if a file is missing or changed.
    """
    artifact = read_artifact(folder, manifest_sha256)
    try:
        content = json.loads(artifact.files[_LEARNED])
        calendar, corrections = content["calendar"], from_content(content["corrections"])
        if artifact.model == _CALIBRATED:
            return CalibratedForecaster(load(folder / _MODEL), calendar, corrections)
        weights = from_content(content["weights"])
    except UNREADABLE as error:
        raise ArtifactError(
            f"saved model {folder} does not fit this version of Wellhead. Train it again."
        ) from error
    members = {name: load_deployed(folder / _MEMBERS / name) for name in weights.columns}
    return CombinedForecaster(members, calendar, weights, corrections)
