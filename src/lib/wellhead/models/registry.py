"""The models by name. To add a model, write one file and one line here.

A model's file is imported when the model is requested, so a broken one does not affect the others.
Models import heavy libraries (torch, Prophet, statsmodels) only when they fit or load.
"""

from collections.abc import Mapping
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from wellhead.errors import ArtifactError, UnknownModelError
from wellhead.models.artifacts import read_artifact
from wellhead.models.base import Forecaster
from wellhead.models.parameters import read_parameters
from wellhead.models.tuned import split_overrides

MODELS = {
    "no-change": "wellhead.models.naive:NoChange",
    "drift": "wellhead.models.naive:Drift",
    "mean-reversion": "wellhead.models.mean_reversion:MeanReversion",
    "regression": "wellhead.models.regression:Regression",
    "seasonal": "wellhead.models.seasonal:Seasonal",
    "futures": "wellhead.models.futures:Futures",
    "exponential-smoothing": "wellhead.models.exponential_smoothing:ExponentialSmoothing",
    "arima": "wellhead.models.arima:Arima",
    "prophet": "wellhead.models.prophet:AnchoredProphet",
    "lstm": "wellhead.models.lstm:QuantileLstm",
}


def model_names() -> tuple[str, ...]:
    """The registered models; the benchmark is first."""
    return tuple(MODELS)


def require_known(name: str) -> None:
    """Raise UnknownModelError, which lists the known names, unless the model is registered."""
    if name not in MODELS:
        known = ", ".join(MODELS)
        raise UnknownModelError(f"model {name!r} is not registered. Choose one of: {known}.")


def model_class(name: str) -> type[Forecaster[Any]]:
    """The class of a model. Raises UnknownModelError, which lists the known names."""
    require_known(name)
    chosen: type[Forecaster[Any]] = resolve_name(MODELS[name])
    return chosen


def check_params(name: str, given: Mapping[str, Any] | None) -> None:
    """Check a model's hyper-parameters as `env.yaml` gives them, overrides by commodity included.

    Nothing is fitted or loaded. Raises UnknownModelError for the model, InputError for an unknown
    hyper-parameter, a value of the wrong type, or an override of an unknown instrument.
    """
    parameters = model_class(name).parameters
    for_all, overrides = split_overrides(name, given)
    for values in ({}, *overrides.values()):
        read_parameters(name, parameters, {**for_all, **values})


def create(name: str, **params: object) -> Forecaster[Any]:
    """A new, unfitted model. Raises UnknownModelError, or InputError for a bad parameter."""
    return model_class(name)(**params)


def load(folder: Path) -> Forecaster[Any]:
    """The fitted model saved in `folder`. Raises ArtifactError."""
    name = read_artifact(Path(folder)).model
    if name not in MODELS:
        raise ArtifactError(f"saved model {folder} is a {name!r}, which is not registered.")
    return model_class(name).load(folder)
