"""What is registered and forecasts every night: a calibrated model, or several as one.

A backtest says how a model did with its bands calibrated and, for the combination, with weights
from past errors. What was learned by its end goes with the fitted models into one artifact, so
that a registered version says by itself what its backtest has promised.
"""

import json
import tempfile
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
from wellhead.evaluation.calibration.calibration import CORRECTION, Matrix, corrected
from wellhead.evaluation.calibration.combination import COMBINATION, WeightingOptions
from wellhead.features import build_features
from wellhead.models import Forecaster, load
from wellhead.models.artifacts import Artifact, files_below, read_artifact, to_json, write_artifact
from wellhead.tables import STATISTICS

HistoryOf = Callable[[Forecaster[Any]], pd.DataFrame]
"""The history that a model reads: its features, and its covariates where they are known."""

_CALIBRATED = "calibrated"
_MODEL, _MEMBERS, _LEARNED = "model", "members", "learned.json"


class DeployedForecaster(ABC):
    """A forecaster of targets: fitted models and what was learned from their backtests.

    `corrections`, and what else is learned, is indexed by (target_kind, horizon); a horizon
    beyond the backtest's takes the farthest one's.
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
        horizons, targets, own = self._own(target, history_of, made_at, count)
        learned = at_horizons(self.corrections[list(CORRECTION)], target, horizons)
        return horizons, targets, corrected(own, learned)

    def predict(self, prices: "pd.Series[float]", target: str, count: int) -> pd.DataFrame:
        """`forecast` from prices alone (indexed by observed_at), for programs with their own.

        One row a horizon: horizon, target_at, the STATISTICS. Covariates are taken as unknown.
        """
        horizons, targets, statistics = self.forecast(
            find_target(target),
            lambda model: build_features(prices, model.features),
            prices.index[-1],
            count,
        )
        rows = pd.DataFrame(statistics, columns=list(STATISTICS))
        rows.insert(0, "target_at", targets)
        rows.insert(0, "horizon", horizons)
        return rows

    def save(self, folder: Path) -> None:
        """Write everything to `folder`, whole or not at all, sealed by one manifest."""
        with tempfile.TemporaryDirectory() as beside:
            name, learned = self._save_parts(Path(beside))
            files = files_below(Path(beside))
        content = {"calendar": self.calendar, **{k: _content(v) for k, v in learned.items()}}
        write_artifact(folder, Artifact(name, {**files, _LEARNED: to_json(content)}))

    @abstractmethod
    def card(self) -> dict[str, Any]:
        """What it is, for people: JSON content, as `Forecaster.card`."""

    @abstractmethod
    def _own(
        self, target: Target, history_of: HistoryOf, made_at: pd.Timestamp, count: int
    ) -> TargetForecast:
        """The forecast before its quantiles are corrected."""

    @abstractmethod
    def _save_parts(self, folder: Path) -> tuple[str, dict[str, pd.DataFrame]]:
        """Write the fitted models below `folder`; the artifact's name, and what was learned."""


@dataclass(frozen=True)
class CalibratedForecaster(DeployedForecaster):
    """One fitted model with calibrated quantiles."""

    model: Forecaster[Any]
    calendar: str
    corrections: pd.DataFrame

    def card(self) -> dict[str, Any]:
        return self.model.card()

    def _own(
        self, target: Target, history_of: HistoryOf, made_at: pd.Timestamp, count: int
    ) -> TargetForecast:
        history = history_of(self.model)
        return target_forecast(self.model, target, history, made_at, count, self.calendar)

    def _save_parts(self, folder: Path) -> tuple[str, dict[str, pd.DataFrame]]:
        self.model.save(folder / _MODEL)
        return _CALIBRATED, {"corrections": self.corrections}


@dataclass(frozen=True)
class CombinedForecaster(DeployedForecaster):
    """Several as one: at each horizon the weighted mean of what they say."""

    members: Mapping[str, DeployedForecaster]
    calendar: str
    weights: pd.DataFrame
    """Indexed by (target_kind, horizon), a column a member, as `next_weights` gives them."""
    corrections: pd.DataFrame

    def card(self) -> dict[str, Any]:
        cards = [member.card() for member in self.members.values()]
        return {
            "model": COMBINATION,
            "what": "The weighted mean of the other models, with weights for each horizon.",
            "how": "Weights come from past errors, constrained to be positive and to sum to one, "
            "and are shrunk to those that they start from.",
            "source": "Granger & Ramanathan 1984; Stock & Watson 2004",
            "limits": "It cannot be better than its members where all are wrong alike.",
            "parameters": asdict(WeightingOptions()),
            "parameter_meaning": "How past errors become weights: class WeightingOptions.",
            "features": sorted({name for card in cards for name in card["features"]}),
            "covariates": sorted({name for card in cards for name in card["covariates"]}),
            "min_history": max(card["min_history"] for card in cards),
            "members": list(self.members),
        }

    def _own(
        self, target: Target, history_of: HistoryOf, made_at: pd.Timestamp, count: int
    ) -> TargetForecast:
        made = [
            member.forecast(target, history_of, made_at, count) for member in self.members.values()
        ]
        horizons, targets, _ = made[0]
        weights = at_horizons(self.weights[list(self.members)], target, horizons)
        stacked = np.stack([statistics for *_, statistics in made], axis=1)
        return horizons, targets, np.einsum("rm,rms->rs", weights, stacked)

    def _save_parts(self, folder: Path) -> tuple[str, dict[str, pd.DataFrame]]:
        for name, member in self.members.items():
            member.save(folder / _MEMBERS / name)
        return COMBINATION, {"corrections": self.corrections, "weights": self.weights}


def load_deployed(folder: Path) -> DeployedForecaster:
    """What was saved in `folder`. Raises ArtifactError when a file is missing or was changed."""
    artifact = read_artifact(folder)
    try:
        content = json.loads(artifact.files[_LEARNED])
        calendar, corrections = content["calendar"], _table(content["corrections"])
        if artifact.model == _CALIBRATED:
            return CalibratedForecaster(load(folder / _MODEL), calendar, corrections)
        weights = _table(content["weights"])
    except (KeyError, ValueError, TypeError) as error:
        raise ArtifactError(
            f"saved model {folder} does not fit this version of Wellhead. Train it again."
        ) from error
    members = {name: load_deployed(folder / _MEMBERS / name) for name in weights.columns}
    return CombinedForecaster(members, calendar, weights, corrections)


def at_horizons(learned: pd.DataFrame, target: Target, horizons: Any) -> Matrix:
    """The rows of a target's horizons; beyond the farthest that was learned, that one."""
    own = learned.xs(target.value, level="target_kind")
    return np.asarray(own.reindex(horizons, method="nearest"), dtype=float)


def _content(learned: pd.DataFrame) -> dict[Any, Any]:
    return learned.reset_index().to_dict("split", index=False)


def _table(content: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(**content).set_index(["target_kind", "horizon"])
