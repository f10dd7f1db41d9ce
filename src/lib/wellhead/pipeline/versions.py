"""What a task depends on besides its inputs: digests of code and of data.

Ploomber reruns a task when one of its parameters changes; these digests are handed to it as
parameters, so a change in a module or in the stored data reruns exactly what depends on it.
"""

import ast
import json
from typing import Any

from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.markets import market_of
from wellhead.database.curves import curve_digest
from wellhead.database.digests import database_identity, stored_digest, table_digest
from wellhead.database.operations import is_stored
from wellhead.errors import UnknownCommodityError
from wellhead.ingestion.registry import SOURCES, get_source
from wellhead.models.registry import MODELS, model_class
from wellhead.pipeline.plan import PlannedTask
from wellhead.settings import get_settings
from wellhead.workflows.code_version import code_version, digest, import_graph


def with_versions(task: PlannedTask, source: str) -> dict[str, Any]:
    """The task's specification with the digests of what it depends on among its parameters."""
    versions: dict[str, str] = {"code_version": task_code_version(task)}
    if "source" in task.watches:
        instrument = find_instrument(task.parameters["commodity"])
        versions["source_version"] = get_source(source).version(instrument)
        versions["quality_target"] = str(get_settings().quality_target)
    if "batches" in task.watches:
        versions["batches_version"] = table_digest("batches", source=source)
    if "database" in task.watches:
        versions["database"] = database_identity()
    if "curve" in task.watches:
        versions["curve_version"] = _curve_version(task.parameters["commodity"], source)
    if "outlooks" in task.watches:
        commodity = task.parameters["commodity"]
        versions["outlooks_version"] = table_digest("outlooks", commodity=commodity)
    reads = {*task.reads, *_covariates(task)}
    if reads:
        digests = {key: stored_digest(key, source) for key in sorted(reads)}
        versions["stored_version"] = digest(json.dumps(digests))
    return {**task.specification, "params": {**task.parameters, **versions}}


def _curve_version(commodity: str, source: str) -> str:
    try:
        return curve_digest(market_of(find_instrument(commodity)), source)
    except UnknownCommodityError:  # it has no futures
        return ""


def _covariates(task: PlannedTask) -> set[str]:
    """The instruments that the task's models read beside its commodity."""
    return {key for name in _models(task) for key in model_class(name).covariates}


def _models(task: PlannedTask) -> tuple[str, ...]:
    """The models that a task's parameters name: `model`, or all of `models`."""
    one = task.parameters.get("model")
    return (one,) if one else tuple(task.parameters.get("models", ()))


def task_code_version(task: PlannedTask) -> str:
    """The digest of the modules a task runs."""
    return code_version(_modules_used(task))


def nothing_stored(task: PlannedTask, source: str) -> bool:
    """Whether an ingest task's rows are gone from the database (or it is another database)."""
    return not is_stored(task.parameters["commodity"], source)


def _modules_used(task: PlannedTask) -> set[str]:
    """The modules that a notebook or function names, and those its parameters choose by name."""
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
    """Our modules that code imports, also as `from package import module`."""
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    ours: set[str] = names & import_graph().modules
    return ours
