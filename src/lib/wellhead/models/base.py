"""The interface of every forecaster, and what all of them share."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import ClassVar, Generic, Self, TypeVar

import numpy as np
import pandas as pd

from wellhead.errors import ArtifactError, InputError, ModelError, NotEnoughHistoryError
from wellhead.models.artifacts import Artifact, read_artifact, to_json, write_artifact
from wellhead.models.bands import Matrix, Vector
from wellhead.tables import STATISTICS

P = TypeVar("P")
_PARAMETERS = "parameters.json"


class Forecaster(ABC, Generic[P]):
    """A model of a price's change from its last value.

    A history has the index `observed_at` (ascending, unique, aware UTC) and the columns `value`
    and `features`. A subclass predicts changes; this class adds the last price, so every forecast
    is anchored to it. Hyper-parameters are the fields of the dataclass `parameters`.
    """

    name: ClassVar[str]
    features: ClassVar[tuple[str, ...]] = ()
    covariates: ClassVar[tuple[str, ...]] = ()
    """Instruments whose columns it reads where the history has them; it works without."""
    min_history: ClassVar[int]
    parameters: type[P]

    def __init__(self, **given: object) -> None:
        """Raises InputError for a hyper-parameter that the model does not have."""
        self.params: P = _read_parameters(self.name, self.parameters, given)
        self._fitted = False

    def fit(self, history: pd.DataFrame) -> Self:
        """Learn from a history of at least `min_history` rows.

        Raises NotEnoughHistoryError when it is shorter.
        """
        self._require(history, self.min_history)
        self._fit(history)
        self._fitted = True
        return self

    def predict(self, history: pd.DataFrame, horizon: int) -> pd.DataFrame:
        """Forecast the `horizon` sessions after the last row of `history`, without refitting.

        `history` may be longer than the one the model was fitted on; it needs `min_history` rows
        and `horizon` more. The result is indexed by `horizon` 1..H, its columns are STATISTICS,
        in the price's unit; it has no NaN and its quantiles do not cross.

        Raises NotEnoughHistoryError, or ModelError when it was not fitted, and when a price or a
        feature is not a number.
        """
        if not self._fitted:
            raise ModelError(f"model {self.name} is not fitted: call fit or load first.")
        if horizon < 1:
            raise InputError(f"horizon {horizon} is not a number of sessions: ask for 1 or more.")
        self._require(history, self.min_history + horizon)
        mean, quantiles = self._changes(history, horizon)
        # Rearrangement (Chernozhukov, Fernández-Val & Galichon 2010) undoes rounding at the last
        # digit, where neighbouring quantiles are equal.
        changes = np.column_stack([mean, np.sort(quantiles, axis=1)])
        forecast = float(history["value"].iloc[-1]) + changes
        if not np.isfinite(forecast).all():
            raise ModelError(f"model {self.name} gave no finite forecast: its history has gaps.")
        horizons = pd.RangeIndex(1, horizon + 1, name="horizon")
        return pd.DataFrame(forecast, index=horizons, columns=list(STATISTICS))

    def mean_path(self, history: pd.DataFrame, sessions: int) -> Vector:
        """The mean forecast of each of the next `sessions` sessions, in the price's unit.

        For targets that lie up to a year ahead, such as averages of months. Raises as `predict`.
        """
        return self.predict(history, sessions)["mean"].to_numpy(dtype=float)

    def save(self, folder: Path) -> None:
        """Write the fitted model to `folder`, whole or not at all."""
        if not self._fitted:
            raise ModelError(f"model {self.name} is not fitted: there is nothing to save.")
        files = {_PARAMETERS: to_json(_as_dict(self.params)), **self._state()}
        write_artifact(Path(folder), Artifact(self.name, files))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a model that `save` wrote; its forecasts are the same to the last digit.

        Raises ArtifactError when a file is missing or changed, or belongs to another model.
        """
        artifact = read_artifact(Path(folder))
        if artifact.model != cls.name:
            raise ArtifactError(f"saved model {folder} is a {artifact.model}, not a {cls.name}.")
        try:
            model = cls(**json.loads(artifact.files[_PARAMETERS]))
            model._restore(artifact.files)
        except (KeyError, ValueError, TypeError, InputError) as error:
            raise ArtifactError(
                f"saved model {folder} does not fit this version of {cls.name}. Train it again."
            ) from error
        model._fitted = True
        return model

    @abstractmethod
    def _fit(self, history: pd.DataFrame) -> None:
        """Learn from a history that is long enough."""

    @abstractmethod
    def _changes(self, history: pd.DataFrame, horizon: int) -> tuple[Vector, Matrix]:
        """Changes from the last price: their mean (H) and their seven quantiles (H × 7)."""

    @abstractmethod
    def _state(self) -> dict[str, bytes]:
        """What was learned, as files."""

    @abstractmethod
    def _restore(self, files: Mapping[str, bytes]) -> None:
        """Take up what `_state` gave."""

    def _require(self, history: pd.DataFrame, needed: int) -> None:
        missing = [name for name in ("value", *self.features) if name not in history]
        if missing:
            raise ModelError(f"model {self.name} needs the columns {', '.join(missing)}.")
        if len(history) < needed:
            raise NotEnoughHistoryError(
                f"model {self.name} needs {needed} observations and has {len(history)}: "
                "load an earlier start, or choose a model that needs fewer."
            )


def _read_parameters(model: str, kind: type[P], given: Mapping[str, object]) -> P:
    """The dataclass `kind` from what was given: known names, the default's type, positive."""
    defaults = _as_dict(kind())
    for name, value in given.items():
        if name not in defaults:
            known = ", ".join(defaults) or "none"
            raise InputError(f"model {model} has no hyper-parameter {name!r}. Known: {known}.")
        if not _fits(value, defaults[name]):
            raise InputError(
                f"hyper-parameter {name} of {model} cannot be {value!r}: "
                f"give a value like {defaults[name]!r}."
            )
    return kind(**given)


def _fits(value: object, default: object) -> bool:
    """Whether a value has the default's type; numbers are positive, and an integer is a float."""
    if isinstance(default, str) or isinstance(value, bool):
        return type(value) is type(default)
    wanted = (int, float) if isinstance(default, float) else (int,)
    return isinstance(value, wanted) and value > 0


def _as_dict(params: object) -> dict[str, object]:
    return {entry.name: getattr(params, entry.name) for entry in fields(params)}  # type: ignore[arg-type]
