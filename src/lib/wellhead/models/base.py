"""The interface of every forecaster, and the code that all of them share."""

import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np
import pandas as pd

from wellhead.errors import ArtifactError, InputError, ModelError, NotEnoughHistoryError
from wellhead.models.artifacts import UNREADABLE, Artifact, read_artifact, to_json, write_artifact
from wellhead.models.bands import Matrix, Vector, band_quantiles, past_widths
from wellhead.models.parameters import Parameters, as_dict, read_parameters
from wellhead.tables import STATISTICS

P = TypeVar("P", bound=Parameters)
_PARAMETERS = "parameters.json"


class Forecaster(ABC, Generic[P]):
    """A model of a price's change from its last value.

    A history has the index `observed_at` (ascending, unique, aware UTC) and the columns `value` and
    `features`. It may have any of the `covariates`, or none: columns named after instruments, each
    row with the newest value known by then, NaN where there was none. Other columns are ignored. A
    subclass predicts changes; this class adds the last price, so every forecast is anchored to it.
    Hyper-parameters are the fields of the dataclass `parameters`.
    """

    name: ClassVar[str]
    features: ClassVar[tuple[str, ...]] = ()
    covariates: ClassVar[tuple[str, ...]] = ()
    """Instruments whose columns it reads if the history has them; it works without them."""
    min_history: ClassVar[int]
    source: ClassVar[str]
    """The literature of the method."""
    limits: ClassVar[str]
    """Its limits, for the model card."""
    parameters: type[P]

    def __init__(self, **given: object) -> None:
        """Raises InputError for an unknown hyper-parameter or a value of the wrong type."""
        self.params: P = read_parameters(self.name, self.parameters, given)
        self._fitted = False

    def fit(self, history: pd.DataFrame) -> Self:
        """Fit on a history of at least `min_history` rows.

        Raises NotEnoughHistoryError when it is shorter.
        """
        self._require(history, self.min_history)
        self._fit(history)
        self._fitted = True
        return self

    def predict(
        self, history: pd.DataFrame, horizon: int, widths: Matrix | None = None
    ) -> pd.DataFrame:
        """Forecast the `horizon` sessions after the last row of `history`, without refitting.

        `history` may be longer than the one the model was fitted on; it needs `min_history` +
        `horizon` rows. `widths` are the half-widths of no-change's bands at its last row, horizons
        × 3, where a caller that forecasts from many rows has them from `rolling_widths`. The result
        is indexed by `horizon` 1..H; its columns are STATISTICS, in the price's unit. It has no NaN
        and its quantiles do not cross.

        Raises NotEnoughHistoryError, or ModelError if the model is not fitted or a price or feature
        is not a number.
        """
        if horizon < 1:
            raise InputError(f"horizon {horizon} is not a number of sessions: ask for 1 or more.")
        self._require_fit(history, self.min_history + horizon)
        if widths is None:
            widths = past_widths(history, horizon, self.params.band_window)
        changes = self._change_statistics(history, horizon, widths)
        # Rearrangement (Chernozhukov, Fernández-Val & Galichon 2010) undoes rounding at the last
        # digit, where neighbouring quantiles are equal.
        changes[:, 1:].sort(axis=1)
        horizons = pd.RangeIndex(1, horizon + 1, name="horizon")
        return pd.DataFrame(
            self._anchored(history, changes), index=horizons, columns=list(STATISTICS)
        )

    def mean_path(self, history: pd.DataFrame, sessions: int) -> Vector:
        """The mean forecast of each of the next `sessions` sessions, in the price's unit.

        It is the mean of `predict` without the quantiles: fast, for any number of sessions, and
        from `min_history` rows, however far ahead. A model that was trained for fewer sessions
        repeats its last change beyond them.

        Raises as `predict`.
        """
        if sessions < 1:
            raise InputError(f"{sessions} is not a number of sessions: ask for 1 or more.")
        self._require_fit(history, self.min_history)
        return self._anchored(history, self._mean_changes(history, sessions))

    def card(self) -> dict[str, Any]:
        """The model card as JSON content: description, hyper-parameters, inputs and limits.

        `wellhead.models.card` turns it into a page.
        """
        what, _, how = inspect.cleandoc(type(self).__doc__ or "").partition("\n\n")
        return {
            "model": self.name,
            "what": what,
            "how": how,
            "source": self.source,
            "limits": self.limits,
            "parameters": as_dict(self.params),
            "parameter_meaning": inspect.cleandoc(type(self.params).__doc__ or ""),
            "features": list(self.features),
            "covariates": list(self.covariates),
            "min_history": self.min_history,
        }

    def save(self, folder: Path) -> None:
        """Write the fitted model to `folder`, whole or not at all."""
        if not self._fitted:
            raise ModelError(f"model {self.name} is not fitted: there is nothing to save.")
        files = {_PARAMETERS: to_json(as_dict(self.params)), **self._state()}
        write_artifact(Path(folder), Artifact(self.name, files))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a model that `save` wrote; its forecasts are identical.

        Raises ArtifactError if a file is missing or changed, or belongs to another model.
        """
        artifact = read_artifact(Path(folder))
        if artifact.model != cls.name:
            raise ArtifactError(f"saved model {folder} is a {artifact.model}, not a {cls.name}.")
        try:
            model = cls(**json.loads(artifact.files[_PARAMETERS]))
            model._restore(artifact.files)
        except (*UNREADABLE, InputError) as error:
            raise ArtifactError(
                f"saved model {folder} does not fit this version of {cls.name}. Train it again."
            ) from error
        model._fitted = True
        return model

    @abstractmethod
    def _fit(self, history: pd.DataFrame) -> None:
        """Fit on a history that is long enough."""

    @abstractmethod
    def _mean_changes(self, history: pd.DataFrame, sessions: int) -> Vector:
        """Mean changes from the last price over 1 to `sessions` sessions."""

    def _change_statistics(self, history: pd.DataFrame, sessions: int, widths: Matrix) -> Matrix:
        """Mean changes and their seven quantiles, sessions × 8.

        The bands are those of no-change, whose half-widths are `widths`, around the mean: models
        explain too little of a price to make them narrower.
        """
        mean = self._mean_changes(history, sessions)
        return np.column_stack([mean, band_quantiles(mean, widths)])

    @abstractmethod
    def _state(self) -> dict[str, bytes]:
        """The fitted state, as files."""

    @abstractmethod
    def _restore(self, files: Mapping[str, bytes]) -> None:
        """Restore the state that `_state` returned."""

    def _anchored(self, history: pd.DataFrame, changes: Vector) -> Vector:
        """The last price plus changes. Raises ModelError if one is not a number."""
        forecast: Vector = float(history["value"].iloc[-1]) + changes
        if not np.isfinite(forecast).all():
            raise ModelError(f"model {self.name} gave no finite forecast: its history has gaps.")
        return forecast

    def _require_fit(self, history: pd.DataFrame, needed: int) -> None:
        if not self._fitted:
            raise ModelError(f"model {self.name} is not fitted: call fit or load first.")
        self._require(history, needed)

    def _require(self, history: pd.DataFrame, needed: int) -> None:
        missing = [name for name in ("value", *self.features) if name not in history]
        if missing:
            raise ModelError(f"model {self.name} needs the columns {', '.join(missing)}.")
        if len(history) < needed:
            raise NotEnoughHistoryError(
                f"model {self.name} needs {needed} observations and has {len(history)}: "
                "load an earlier start, or choose a model that needs fewer."
            )
