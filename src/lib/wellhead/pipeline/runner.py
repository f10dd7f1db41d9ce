"""Runs the tasks of a plan through Ploomber.

A run has two parts. The first loads the sources. Then the stored data is digested, and the second
part derives everything else. What is derived depends on that digest and not on the age of files,
so a load without new data leads to no further work.
"""

import fnmatch
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from traitlets.config import Config

from wellhead.errors import PipelineError
from wellhead.files import socket_places, temporary_folder
from wellhead.pipeline.executor import ThreadExecutor
from wellhead.pipeline.failures import Failures
from wellhead.pipeline.plan import PlannedTask
from wellhead.pipeline.ploomber_internals import (
    DAGSpec,
    forget_product,
    needs_run,
    set_notebook_options,
)
from wellhead.pipeline.progress import Progress
from wellhead.pipeline.versions import has_stored_rows, with_versions
from wellhead.settings import get_settings

_META = {"extract_upstream": False, "extract_product": False}
# A kernel ends once the exit handlers of the notebook's libraries have run: ipykernel's own and
# freeing the libraries would take a second.
_END_AT_ONCE = "__import__('atexit').register(__import__('os')._exit, 0)"

Specification = dict[str, Any]


def run_tasks(
    tasks: list[PlannedTask], source: str, progress: Progress, *, force: bool = False
) -> None:
    """Run the tasks that are not up to date. Raises PipelineError that names each failed task.

    A load that fails stops the tasks of its commodity and no others.
    """
    loading = [task for task in tasks if "source" in task.watches]
    deriving = [task for task in tasks if task not in loading]
    loads = {task.name: _specification(task, source, set()) for task in loading}
    for task in tasks:
        if force or (task in loading and not has_stored_rows(task, source)):
            _forget(task)
    failures = Failures()
    _build(loads, progress, failures)
    failed = {task.parameters["commodity"] for task in loading if task.name in failures.reasons}
    loads = {name: load for name, load in loads.items() if name not in failures.reasons}
    possible = [left for task in deriving if (left := task.without(failed))]
    derived = {task.name: _specification(task, source, set(loads)) for task in possible}
    impossible = [task.name for task in deriving if task.name not in derived]
    failures.not_run += impossible
    progress.drop(set(impossible))
    _build({**loads, **derived}, progress, failures)
    if failures.reasons:
        raise PipelineError(failures.message())


def _build(
    specifications: dict[str, Specification], progress: Progress, failures: Failures
) -> None:
    dag = DAGSpec({"meta": _META, "tasks": list(specifications.values())}).to_dag()
    dag.executor = ThreadExecutor(progress, failures)
    # The failure's reason reports a kernel that dies; papermill would print it a second time.
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    with warnings.catch_warnings(), _folder_of_kernels() as folder:
        # Ploomber warns of each parameter that a notebook does not use, such as the digests.
        warnings.simplefilter("ignore", UserWarning)
        dag.render(show_progress=False)
        outdated = {name for name in dag if needs_run(dag[name])}
        progress.drop(set(specifications) - outdated)
        for number, task in enumerate(dag.values()):
            set_notebook_options(task, _papermill_options(f"{folder}/{number}"))
        if outdated:
            dag.build(show_progress=False)


@contextmanager
def _folder_of_kernels() -> Iterator[Path]:
    """A folder for the sockets and temporary files of kernels, also of those that are killed."""
    with temporary_folder(next(socket_places(), None)) as folder:
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = str(folder)
        try:
            yield folder
        finally:
            os.environ.pop("TMPDIR")
            if before is not None:
                os.environ["TMPDIR"] = before


def _specification(task: PlannedTask, source: str, loads: set[str]) -> Specification:
    """The task in Ploomber's form.

    A task that reads stored data depends on the data's digest instead of on the loading tasks.
    """
    specification = with_versions(task, source)
    upstream = specification.get("upstream", [])
    if task.reads:
        upstream = [pattern for pattern in upstream if not fnmatch.filter(loads, pattern)]
    specification |= {"upstream": upstream}
    if specification["source"].endswith(".ipynb"):
        specification["source"] = str(get_settings().home / specification["source"])
    return specification


def _papermill_options(sockets: str) -> dict[str, Any]:
    """Options for a quiet run, with the kernel on sockets of its own: ports can clash."""
    config = Config({"KernelManager": {"transport": "ipc", "ip": sockets}})
    return {
        "progress_bar": False,
        "config": config,
        "cwd": str(get_settings().home),
        "extra_arguments": ["--log-level=50", f"--IPKernelApp.exec_lines={_END_AT_ONCE}"],
    }


def _forget(task: PlannedTask) -> None:
    for product in task.specification["product"].values():
        forget_product(Path(product))
