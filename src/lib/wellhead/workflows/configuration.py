"""`env.yaml`: what varies between runs, read and checked before anything is done."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml

from wellhead.catalogue.lookup import find_instrument
from wellhead.errors import InputError, SettingsError, UnknownSourceError
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.ingestion.registry import get_source
from wellhead.models.registry import require_known
from wellhead.settings import get_settings
from wellhead.tables import BENCHMARK


def read_environment(
    path: Path, source: str | None = None, commodities: list[str] | None = None
) -> dict[str, Any]:
    """`env.yaml`, the source (default: the setting), and the instruments that are to be loaded.

    Raises SettingsError, UnknownCommodityError or UnknownSourceError.
    """
    environment = read_yaml(path)
    _check_keys(path, environment)
    _check_models_and_plan(path, environment)
    origin = get_source(source or get_settings().source)
    keys = _keys(commodities or environment["commodities"])
    for key in keys:
        if "daily" not in origin.frequencies(find_instrument(key)):
            raise UnknownSourceError(
                f"source {origin.card.key} has no daily prices of {key}; models need them."
            )
    wanted = dict.fromkeys([*keys, *_keys(environment["covariates"])])
    instruments = [key for key in wanted if key in origin.carries()]
    chosen = {"source": origin.card.key, "commodities": keys, "instruments": instruments}
    return {**environment, **chosen}


_KEYS = {"commodities": list, "covariates": list, "models": dict, "backtest": dict}


def _check_keys(path: Path, environment: Any) -> None:
    if not isinstance(environment, dict):
        raise SettingsError(f"{path} is empty: it needs {', '.join(_KEYS)}.")
    for name, kind in _KEYS.items():
        if not isinstance(environment.get(name), kind):
            form = "a list, as [WTI]" if kind is list else "a mapping, as {name: value}"
            raise SettingsError(f"{path}: {name} must be {form}.")
    if unknown := set(environment) - set(_KEYS):
        raise SettingsError(f"{path}: {', '.join(sorted(unknown))} means nothing here.")


def _check_models_and_plan(path: Path, environment: dict[str, Any]) -> None:
    """Say at once what a training would say only after the loads."""
    for name in environment["models"]:
        require_known(name)
    if BENCHMARK not in environment["models"]:
        raise SettingsError(f"{path}: models must hold {BENCHMARK}: all are measured against it.")
    try:
        BacktestPlan(**environment["backtest"])
    except TypeError as error:
        known = ", ".join(entry.name for entry in fields(BacktestPlan))
        raise SettingsError(f"{path}: backtest takes {known}; {error}.") from error
    except InputError as error:
        raise SettingsError(f"{path}: backtest.{error}") from error


def configured_models() -> dict[str, dict[str, Any]]:
    """The models of the project's `env.yaml`, each with the hyper-parameters given there."""
    return {name: given or {} for name, given in _configured()["models"].items()}


def configured_backtest() -> BacktestPlan:
    """The backtest of the project's `env.yaml`: the window that models are evaluated on."""
    return BacktestPlan(**_configured()["backtest"])


def _configured() -> dict[str, Any]:
    path = get_settings().home / "env.yaml"
    environment = read_yaml(path)
    _check_keys(path, environment)
    _check_models_and_plan(path, environment)
    return environment


def _keys(names: list[str]) -> list[str]:
    return list(dict.fromkeys(find_instrument(name).key for name in names))


def read_yaml(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"{path} cannot be read: {reason}.") from error
    return document
