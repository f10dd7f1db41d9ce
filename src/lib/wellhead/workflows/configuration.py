"""`env.yaml`: what varies between runs, read and checked as a whole before anything starts."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from wellhead.analytics.volatility.report import SCORED
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instruments
from wellhead.errors import InputError, SettingsError, UnknownCommodityError
from wellhead.evaluation.backtesting.backtest import require_long_enough
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.models.registry import check_params, require_known
from wellhead.settings import get_settings
from wellhead.tables import BENCHMARK

Params = dict[str, Any]
"""Hyper-parameter -> value; a mapping is an override for the commodity it is named after."""

_SECTIONS = {"commodities": list, "covariates": list, "models": dict, "backtest": dict}
_ANALYTICS = {"scored": SCORED}  # the optional section `analytics` and its defaults


@dataclass(frozen=True)
class Configuration:
    """The content of an `env.yaml`."""

    commodities: tuple[Instrument, ...]
    """The instruments to forecast."""
    covariates: tuple[Instrument, ...]
    """The instruments to load for the models, where the source carries them."""
    models: Mapping[str, Params]
    """Model -> the hyper-parameters that differ from its defaults."""
    backtest: BacktestPlan
    backtest_fields: Mapping[str, Any]
    """The fields of `backtest` as the file gives them: parameter `plan` of a training notebook."""
    analytics: Mapping[str, int]
    """`scored`: sessions from which volatility models forecast to be compared."""

    def select_models(self, names: Sequence[str] | None = None) -> dict[str, Params]:
        """The named models (None: all) with their hyper-parameters; the benchmark is always there.

        Raises UnknownModelError.
        """
        wanted = (BENCHMARK, *(self.models if names is None else names))
        for name in wanted:
            require_known(name)
        return {name: self.models.get(name, {}) for name in wanted}


def read_configuration(path: Path | None = None) -> Configuration:
    """Read and check an `env.yaml`; None is the project's own.

    Raises SettingsError that names the file and the entry at fault.
    """
    path = path or get_settings().home / "env.yaml"
    document = read_yaml(path)
    _check_sections(path, document)
    models, fields_given = _models(path, document["models"]), _as_parameters(document["backtest"])
    return Configuration(
        commodities=_instruments(path, "commodities", document),
        covariates=_instruments(path, "covariates", document),
        models=models,
        backtest=_backtest(path, fields_given, models),
        backtest_fields=fields_given,
        analytics=_analytics(path, document.get("analytics", {})),
    )


def read_yaml(path: Path) -> dict[str, Any]:
    """The content of a YAML file. Raises SettingsError when it cannot be read."""
    try:
        document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"{path} cannot be read: {reason}.") from error
    return document


def _check_sections(path: Path, document: Any) -> None:
    if not isinstance(document, dict):
        raise SettingsError(f"{path} is empty: it needs {', '.join(_SECTIONS)}.")
    for name, form in _SECTIONS.items():
        if not isinstance(document.get(name), form):
            example = "a list, as [WTI]" if form is list else "a mapping, as {name: value}"
            raise SettingsError(f"{path}: {name} must be {example}.")
    if unknown := set(document) - {*_SECTIONS, "analytics"}:
        raise SettingsError(f"{path}: unknown section {', '.join(sorted(unknown))}.")


def _instruments(path: Path, section: str, document: dict[str, Any]) -> tuple[Instrument, ...]:
    try:
        return find_instruments(document[section])
    except UnknownCommodityError as error:
        raise SettingsError(f"{path}: {section}: {error}") from error


def _models(path: Path, given: dict[str, Params | None]) -> dict[str, Params]:
    if BENCHMARK not in given:
        raise SettingsError(f"{path}: models must hold {BENCHMARK}, the benchmark of all scores.")
    for name, params in given.items():
        try:
            check_params(name, params)
        except InputError as error:
            raise SettingsError(f"{path}: models: {error}") from error
    return {name: params or {} for name, params in given.items()}


def _as_parameters(given: Any) -> Any:
    """Values of YAML as parameters of a notebook: a date without quotes is text there."""
    if isinstance(given, dict):
        return {name: _as_parameters(value) for name, value in given.items()}
    if isinstance(given, list):
        return [_as_parameters(value) for value in given]
    return given.isoformat() if isinstance(given, datetime.date) else given


def _analytics(path: Path, given: Any) -> dict[str, int]:
    example = f"{path}: analytics must be a mapping, as {{scored: {SCORED}}}"
    if not isinstance(given, dict) or set(given) - set(_ANALYTICS):
        raise SettingsError(f"{example}.")
    values = _ANALYTICS | given
    if any(type(value) is not int or value < 1 for value in values.values()):
        raise SettingsError(f"{example}, with a number of sessions above zero.")
    return values


def _backtest(path: Path, given: dict[str, Any], models: Mapping[str, Params]) -> BacktestPlan:
    try:
        plan = BacktestPlan(**given)
        for name in models:
            require_long_enough(plan.window, name)
    except TypeError as error:
        known = ", ".join(entry.name for entry in fields(BacktestPlan))
        raise SettingsError(f"{path}: backtest takes {known}; {error}.") from error
    except InputError as error:
        raise SettingsError(f"{path}: backtest.{error}") from error
    return plan
