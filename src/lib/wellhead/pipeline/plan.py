"""The plan of a run: the list of its tasks, from `pipeline.yaml` and the values for its names.

`pipeline.yaml` uses Ploomber's terms. This module fills in the names because Ploomber fills a
grid's `[[name]]` into task names and products only: a task that depends on its own commodity alone
needs the name in `upstream` as well.
"""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from wellhead.errors import SettingsError
from wellhead.workflows.configuration import read_yaml

_GRID_NAME = r"\[\[([\w]+)\]\]"  # [[name]]: the value at this point of the task's grid
_RUN_NAME = r"\{\{([\w.-]+)\}\}"  # {{name}} or {{name.key}}: a value of the run

Watch = Literal["source", "batches", "database", "curve", "outlooks"]


@dataclass(frozen=True)
class PlannedTask:
    """One task: its specification in Ploomber's terms, its stage and the data it depends on."""

    name: str
    stage: str
    specification: dict[str, Any]
    watches: tuple[Watch, ...] = ()
    """What it depends on outside the pipeline; the head of `pipeline.yaml` explains the values."""
    reads: tuple[str, ...] = ()
    """The instruments whose stored observations it depends on."""

    @property
    def parameters(self) -> dict[str, Any]:
        parameters: dict[str, Any] = self.specification.get("params", {})
        return parameters

    def without(self, commodities: set[str]) -> "PlannedTask | None":
        """The task without these commodities; None if no commodity remains."""
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


def plan_tasks(path: Path, values: dict[str, Any]) -> list[PlannedTask]:
    """The tasks of a pipeline file in flow order, one for each point of a task's grid.

    `values` are those of the names in double braces. Raises SettingsError for a name without one,
    and for an unknown word in `watches`.
    """
    return [
        _planned(_fill(_fill(entry, _GRID_NAME, point), _RUN_NAME, values), point)
        for entry in read_yaml(path)["tasks"]
        for point in _grid_points(_fill(entry.get("grid", {}), _RUN_NAME, values))
    ]


def _planned(entry: dict[str, Any], point: dict[str, Any]) -> PlannedTask:
    specification = {k: v for k, v in entry.items() if k not in ("grid", "watches", "reads")}
    specification["params"] = {**point, **entry.get("params", {})}
    if unknown := set(entry.get("watches", ())) - set(get_args(Watch)):
        raise SettingsError(
            f"pipeline.yaml: task {entry['name']} watches {', '.join(sorted(unknown))}: "
            f"choose from {', '.join(get_args(Watch))}."
        )
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
    """Every combination of the grid's values; one empty combination without a grid."""
    names = list(grid)
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*grid.values())]


def _fill(value: Any, pattern: str, values: dict[str, Any]) -> Any:
    """Replace names by their values in every text; a name alone keeps its value's type."""
    if isinstance(value, dict):
        return {_fill(k, pattern, values): _fill(v, pattern, values) for k, v in value.items()}
    if isinstance(value, list):
        return [_fill(item, pattern, values) for item in value]
    if not isinstance(value, str):
        return value
    if whole := re.fullmatch(pattern, value):
        return _look_up(whole[1], values)
    return re.sub(pattern, lambda match: str(_look_up(match[1], values)), value)


def _look_up(dotted: str, values: Any) -> Any:
    for name in dotted.split("."):
        if name not in values:
            raise SettingsError(f"pipeline.yaml uses the name {dotted!r}, which has no value.")
        values = values[name]
    return values
