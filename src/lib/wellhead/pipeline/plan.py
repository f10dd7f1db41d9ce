"""From `pipeline.yaml` and `env.yaml` to the list of concrete tasks of a run.

`pipeline.yaml` is written in Ploomber's terms. Names are filled in here rather than by Ploomber,
for it fills a grid's `[[name]]` into names and products only, and a task that is to
depend on its own commodity alone needs it in `upstream` as well.
"""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

import yaml

from wellhead.catalogue.lookup import find_instrument
from wellhead.errors import InputError, SettingsError, UnknownSourceError
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.ingestion.registry import get_source
from wellhead.models.registry import require_known
from wellhead.settings import get_settings
from wellhead.tables import BENCHMARK

_POINT = r"\[\[([\w]+)\]\]"  # [[name]]: the value at this point of the task's grid
_ENVIRONMENT = r"\{\{([\w.-]+)\}\}"  # {{name}} or {{name.key}}: a value of env.yaml

Watch = Literal["source", "batches", "database", "curve", "outlooks"]


@dataclass(frozen=True)
class PlannedTask:
    """One task: its specification in Ploomber's terms, its stage, and the data it depends on."""

    name: str
    stage: str
    specification: dict[str, Any]
    watches: tuple[Watch, ...] = ()
    """'source': what the source would answer for its commodity; 'batches': the source's loads;
    'database': which database it is; 'curve': the stored futures of its commodity's market;
    'outlooks': the loaded issues of STEO."""
    reads: tuple[str, ...] = field(default=())
    """Commodities whose stored observations it depends on."""

    @property
    def parameters(self) -> dict[str, Any]:
        parameters: dict[str, Any] = self.specification.get("params", {})
        return parameters

    def without(self, commodities: set[str]) -> "PlannedTask | None":
        """The task with these commodities left out; None if it is about nothing else."""
        parameters = dict(self.parameters)
        if parameters.get("commodity") in commodities:
            return None
        if "commodities" in parameters:
            parameters["commodities"] = [
                key for key in parameters["commodities"] if key not in commodities
            ]
            if not parameters["commodities"]:
                return None
        return replace(self, specification={**self.specification, "params": parameters})


def read_environment(
    path: Path, source: str | None = None, commodities: list[str] | None = None
) -> dict[str, Any]:
    """`env.yaml`, the source (default: the setting), and the instruments that are to be loaded.

    Raises SettingsError, UnknownCommodityError or UnknownSourceError.
    """
    environment = _read_yaml(path)
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
    environment = _read_yaml(path)
    _check_keys(path, environment)
    _check_models_and_plan(path, environment)
    return environment


def _keys(names: list[str]) -> list[str]:
    return list(dict.fromkeys(find_instrument(name).key for name in names))


def plan_tasks(path: Path, environment: dict[str, Any]) -> list[PlannedTask]:
    """The tasks of a pipeline file, in flow order: grids spread out, names filled in."""
    return [
        _planned(_fill(_fill(entry, _POINT, point), _ENVIRONMENT, environment), point)
        for entry in _read_yaml(path)["tasks"]
        for point in _grid_points(_fill(entry.get("grid", {}), _ENVIRONMENT, environment))
    ]


def _planned(entry: dict[str, Any], point: dict[str, Any]) -> PlannedTask:
    specification = {k: v for k, v in entry.items() if k not in ("grid", "watches", "reads")}
    specification["params"] = {**point, **entry.get("params", {})}
    source = entry["source"]
    stage = source.split("/")[1] if source.startswith("notebooks/") else source.split(".")[-1]
    return PlannedTask(
        name=entry["name"],
        stage=stage,
        specification=specification,
        watches=tuple(entry.get("watches", ())),
        reads=tuple(entry.get("reads", ())),
    )


def _grid_points(grid: dict[str, Iterable[Any]]) -> list[dict[str, Any]]:
    """Every combination of the grid's values; one empty combination where there is no grid."""
    names = list(grid)
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*grid.values())]


def _fill(value: Any, pattern: str, values: dict[str, Any]) -> Any:
    """Put values for names into every text; a name alone keeps its value's type."""
    if isinstance(value, dict):
        return {_fill(k, pattern, values): _fill(v, pattern, values) for k, v in value.items()}
    if isinstance(value, list):
        return [_fill(item, pattern, values) for item in value]
    if not isinstance(value, str):
        return value
    if whole := re.fullmatch(pattern, value):
        return _look_up(whole[1], values)
    return re.sub(pattern, lambda found: str(_look_up(found[1], values)), value)


def _look_up(dotted: str, values: Any) -> Any:
    for name in dotted.split("."):
        if name not in values:
            raise SettingsError(f"the pipeline asks for {dotted!r}, which env.yaml does not have.")
        values = values[name]
    return values


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"{path} cannot be read: {reason}.") from error
    return document
