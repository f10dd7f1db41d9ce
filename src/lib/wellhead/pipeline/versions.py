"""Versions: digests of the code and the data that a task depends on besides its inputs.

Ploomber runs a task again when one of its parameters changes. These digests are parameters of the
task, so a change in a module or in the stored data reruns exactly what depends on it.
"""

import ast
import json
from collections.abc import Callable
from typing import Any

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.markets import market_of
from wellhead.database.curves import curve_digest
from wellhead.database.digests import database_identity, stored_digest, table_digest
from wellhead.database.operations import is_stored
from wellhead.errors import UnknownCommodityError
from wellhead.ingestion.registry import SOURCES, get_source
from wellhead.models.registry import MODELS, model_class
from wellhead.pipeline.plan import PlannedTask, Watch
from wellhead.settings import get_settings
from wellhead.workflows.code_version import code_version, digest, import_graph


def with_versions(task: PlannedTask, source: str) -> dict[str, Any]:
    """The task's specification, with the digests of what it depends on as parameters."""
    versions: dict[str, str] = {"code_version": task_code_version(task)}
    for watch in task.watches:
        versions |= _WATCHES[watch](task, source)
    reads = {*task.reads, *_covariates(task)}
    if reads:
        digests = {key: stored_digest(key, source) for key in sorted(reads)}
        versions["stored_version"] = digest(json.dumps(digests))
    return {**task.specification, "params": {**task.parameters, **versions}}


def _source_version(task: PlannedTask, source: str) -> dict[str, str]:
    version = get_source(source).version(_instrument(task))
    return {"source_version": version, "quality_target": str(get_settings().quality_target)}


def _batches_version(_task: PlannedTask, source: str) -> dict[str, str]:
    return {"batches_version": table_digest("batches", source=source)}


def _database_version(_task: PlannedTask, _source: str) -> dict[str, str]:
    return {"database": database_identity()}


def _curve_version(task: PlannedTask, source: str) -> dict[str, str]:
    try:
        return {"curve_version": curve_digest(market_of(_instrument(task)), source)}
    except UnknownCommodityError:  # the commodity has no futures
        return {"curve_version": ""}


def _outlooks_version(task: PlannedTask, _source: str) -> dict[str, str]:
    return {"outlooks_version": table_digest("outlooks", commodity=_instrument(task).key)}


_WATCHES: dict[Watch, Callable[[PlannedTask, str], dict[str, str]]] = {
    "source": _source_version,
    "batches": _batches_version,
    "database": _database_version,
    "curve": _curve_version,
    "outlooks": _outlooks_version,
}


def _instrument(task: PlannedTask) -> Instrument:
    return find_instrument(task.parameters["commodity"])


def _covariates(task: PlannedTask) -> set[str]:
    """The keys of the instruments that the task's models read besides its commodity."""
    return {key for name in _models(task) for key in model_class(name).covariates}


def _models(task: PlannedTask) -> tuple[str, ...]:
    """The models named by a task's parameters: `model`, or all of `models`."""
    one = task.parameters.get("model")
    return (one,) if one else tuple(task.parameters.get("models", ()))


def task_code_version(task: PlannedTask) -> str:
    """The digest of the modules a task runs."""
    return code_version(_modules_used(task))


def has_stored_rows(task: PlannedTask, source: str) -> bool:
    """Whether the database holds rows of an ingest task; it does not after a change of database."""
    return is_stored(task.parameters["commodity"], source)


def _modules_used(task: PlannedTask) -> set[str]:
    """The modules that a notebook or function imports, and those its parameters name."""
    source = task.specification["source"]
    if not source.endswith(".ipynb"):
        return {source.rpartition(".")[0]}
    notebook = json.loads((get_settings().home / source).read_text(encoding="utf-8"))
    code = "\n".join(
        "".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"
    )
    named = _imported(code)
    chosen = [MODELS[name] for name in _models(task)]
    if "source" in task.watches:
        chosen.append(SOURCES[task.parameters["source"]])
    return named | {entry.partition(":")[0] for entry in chosen}


def _imported(code: str) -> set[str]:
    """The modules of wellhead that code imports, also as `from package import module`."""
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    ours: set[str] = names & import_graph().modules
    return ours
