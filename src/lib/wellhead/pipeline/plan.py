"""From `pipeline.yaml` and `env.yaml` to the list of concrete tasks of a run.

`pipeline.yaml` is written in Ploomber's terms. Names are filled in here rather than by Ploomber,
for it fills a grid's `[[name]]` into names and products only, and a task that is to
depend on its own commodity alone needs it in `upstream` as well.
"""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from wellhead.errors import SettingsError
from wellhead.workflows.configuration import read_yaml

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


def plan_tasks(path: Path, environment: dict[str, Any]) -> list[PlannedTask]:
    """The tasks of a pipeline file, in flow order: grids spread out, names filled in."""
    return [
        _planned(_fill(_fill(entry, _POINT, point), _ENVIRONMENT, environment), point)
        for entry in read_yaml(path)["tasks"]
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
