"""Starts a run: the only module that imports Ploomber.

A run has two parts. First the sources are loaded. Then the stored data is digested and everything
else is derived from it; what is derived depends on that digest and not on the age of files, so a
load that brings nothing new leads to no further work.
"""

import logging
import os
import tempfile
import time
import warnings
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from traitlets.config import Config

from wellhead.errors import PipelineError, WellheadError
from wellhead.pipeline.plan import PlannedTask
from wellhead.pipeline.progress import Progress
from wellhead.pipeline.versions import nothing_stored, with_versions
from wellhead.settings import get_settings

os.environ["PLOOMBER_STATS_ENABLED"] = "false"  # before the import: it reads it then

from ploomber.constants import TaskStatus
from ploomber.executors.abc import Executor
from ploomber.spec import DAGSpec

_META = {"extract_upstream": False, "extract_product": False}

Specification = dict[str, Any]


@dataclass
class Failures:
    """Tasks that failed, each with its reason, and tasks that could not run because of them."""

    reasons: dict[str, str] = field(default_factory=dict)
    not_run: list[str] = field(default_factory=list)

    def explained(self) -> str:
        """One line for a person."""
        told = "; ".join(f"{name} failed: {why}" for name, why in self.reasons.items())
        waiting = f" Not run because of it: {', '.join(self.not_run)}." if self.not_run else ""
        return f"{told}.{waiting} What is done is kept: mend the cause and run again."


def run_tasks(
    tasks: list[PlannedTask], source: str, progress: Progress, *, force: bool = False
) -> None:
    """Run what is not up to date. Raises PipelineError naming each task that failed.

    A load that fails stops what is made of its commodity, and nothing else.
    """
    loading = [task for task in tasks if "source" in task.watches]
    loads = {task.name: _specified(task, with_versions(task, source), set()) for task in loading}
    for task in tasks:
        if force or (task in loading and nothing_stored(task, source)):
            _forget(task)
    failures = Failures()
    _build(loads, progress, failures)
    left_out = {t.parameters["commodity"] for t in loading if t.name in failures.reasons}
    loads = {name: load for name, load in loads.items() if name not in failures.reasons}
    derived = {}
    for task in tasks:
        if task not in loading and (possible := task.without(left_out)):
            derived[task.name] = _specified(possible, with_versions(possible, source), set(loads))
    missed = [t.name for t in tasks if t not in loading and t.name not in derived]
    failures.not_run += missed
    progress.expect_no_more(set(missed))
    _build({**loads, **derived}, progress, failures)
    if failures.reasons:
        raise PipelineError(failures.explained())


def _build(
    specifications: dict[str, Specification], progress: Progress, failures: Failures
) -> None:
    dag = DAGSpec({"meta": _META, "tasks": list(specifications.values())}).to_dag()
    dag.executor = _Threads(progress, failures)
    # A kernel that dies is told of in the failure's reason; papermill would print it as well.
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="wellhead-") as sockets:
        # It warns of every parameter that a notebook does not use, as most digests.
        warnings.simplefilter("ignore", UserWarning)
        dag.render(show_progress=False)
        outdated = {name for name in dag if dag[name].exec_status not in _SETTLED}
        progress.expect_no_more(set(specifications) - outdated)
        for number, task in enumerate(dag.values()):
            if hasattr(task, "executor_params"):
                task.executor_params |= _papermill_options(f"{sockets}/{number}")
        if outdated:
            dag.build(show_progress=False)


def _specified(task: PlannedTask, specification: Specification, loads: set[str]) -> Specification:
    """The task as Ploomber wants it. One that reads stored data depends on the data's digest
    instead of on the tasks that loaded it."""
    upstream = specification.get("upstream", [])
    if task.reads:
        upstream = [name for name in upstream if name not in loads]
    specification |= {"upstream": upstream}
    if specification["source"].endswith(".ipynb"):
        specification["source"] = str(get_settings().home / specification["source"])
    return specification


def _papermill_options(sockets: str) -> dict[str, Any]:
    """Quiet, and the kernel on sockets of its own rather than on ports, which can clash."""
    config = Config({"KernelManager": {"transport": "ipc", "ip": sockets}})
    return {
        "progress_bar": False,
        "config": config,
        "cwd": str(get_settings().home),
        "extra_arguments": ["--log-level=50"],
    }


def _forget(task: PlannedTask) -> None:
    """Have a task count as not done: Ploomber keeps its memory of a product beside it."""
    for product in map(Path, task.specification["product"].values()):
        product.with_name(f".{product.name}.metadata").unlink(missing_ok=True)


_SETTLED = {TaskStatus.Executed, TaskStatus.Skipped, TaskStatus.Aborted, TaskStatus.Errored}


class _Threads(Executor):  # type: ignore[misc]
    """Runs ready tasks side by side, each in a thread that waits for its notebook's kernel.

    Ploomber's own parallel executor polls without a pause and so takes a processor for itself.
    """

    def __init__(self, progress: Progress, failures: Failures) -> None:
        self.progress = progress
        self.failures = failures
        self.running: dict[Future[Any], tuple[Any, float]] = {}

    def __call__(self, dag: Any, show_progress: bool) -> list[Any]:
        super().__call__(dag)
        workers = get_settings().processes or os.cpu_count() or 1
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
        with ThreadPoolExecutor(workers) as pool:
            try:
                self._submit_ready(dag, pool)
                while self.running:
                    finished, _ = wait(self.running, return_when=FIRST_COMPLETED)
                    for future in finished:
                        self._settle(future)
                    self._submit_ready(dag, pool)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                _stop_kernels()
                raise
        aborted = [name for name in dag if dag[name].exec_status == TaskStatus.Aborted]
        self.failures.not_run += aborted
        self.progress.expect_no_more(set(aborted))
        return []

    def _submit_ready(self, dag: Any, pool: ThreadPoolExecutor) -> None:
        started = {task.name for task, _ in self.running.values()}
        room = pool._max_workers - len(self.running)
        ready = [
            task
            for task in dag.values()
            if task.exec_status == TaskStatus.WaitingExecution and task.name not in started
        ]
        for task in ready[:room]:
            task.product.metadata.delete()  # until it ends well it counts as not done
            future = pool.submit(task._build, catch_exceptions=True)
            self.running[future] = (task, time.monotonic())

    def _settle(self, future: Future[Any]) -> None:
        task, began = self.running.pop(future)
        error = future.exception()
        task.exec_status = TaskStatus.Errored if error else TaskStatus.Executed
        self.progress.ended(task.name, time.monotonic() - began, "failed" if error else "done")
        if error is None:
            task.product.metadata.update_locally(future.result()[1])
        else:
            self.failures.reasons[task.name] = _reason(error).rstrip(".") + _look(task)


def _reason(error: BaseException) -> str:
    """Our own error's words; of a notebook's failed cell, what the cell raised. One line."""
    while not isinstance(error, WellheadError) and error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(getattr(error, "evalue", None) or error).split())


def _look(task: Any) -> str:
    product = task.product.to_json_serializable()
    notebook = product.get("nb") if isinstance(product, dict) else None
    return f" (the notebook with its traceback: {notebook})" if notebook else ""


def _stop_kernels() -> None:
    """End the notebooks' kernels: they are this process's children."""
    for child in psutil.Process().children(recursive=True):
        if "ipykernel" in " ".join(child.cmdline()):
            child.kill()
