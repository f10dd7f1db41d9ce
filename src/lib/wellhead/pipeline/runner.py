"""Starts a run: the only module that imports Ploomber.

A run has two parts. First the sources are loaded. Then the stored data is digested and everything
else is derived from it; what is derived depends on that digest and not on the age of files, so a
load that brings nothing new leads to no further work.
"""

import os
import tempfile
import time
import warnings
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import psutil
from traitlets.config import Config

from wellhead.errors import PipelineError
from wellhead.pipeline.plan import PlannedTask
from wellhead.pipeline.progress import Progress
from wellhead.pipeline.versions import nothing_stored, with_versions
from wellhead.settings import get_settings

os.environ["PLOOMBER_STATS_ENABLED"] = "false"  # before the import: it reads it then

from ploomber.constants import TaskStatus
from ploomber.executors.abc import Executor
from ploomber.spec import DAGSpec

_META = {"extract_upstream": False, "extract_product": False}


def run_tasks(
    tasks: list[PlannedTask], source: str, progress: Progress, *, force: bool = False
) -> None:
    """Run what is not up to date. Raises PipelineError naming each task that failed."""
    loading = [task for task in tasks if "source" in task.watches]
    for task in loading:
        if nothing_stored(task, source):
            _forget(task)
    _build(loading, source, progress, force)
    _build(tasks, source, progress, force)


def _build(tasks: list[PlannedTask], source: str, progress: Progress, force: bool) -> None:
    dag = _make_dag(tasks, source, progress)
    with warnings.catch_warnings():  # of every parameter that a notebook does not use
        warnings.simplefilter("ignore", UserWarning)
        dag.render(show_progress=False, force=force)
    outdated = {name for name in dag if dag[name].exec_status not in _SETTLED}
    progress.up_to_date({task.name for task in tasks} - outdated)
    if not outdated:
        return
    with tempfile.TemporaryDirectory(prefix="wellhead-") as sockets:
        for number, task in enumerate(dag.values()):
            if hasattr(task, "executor_params"):
                task.executor_params |= _papermill_options(f"{sockets}/{number}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            dag.build(show_progress=False, force=force)


def _make_dag(tasks: list[PlannedTask], source: str, progress: Progress) -> Any:
    loading = {task.name for task in tasks if "source" in task.watches}
    specifications = [_specified(task, source, loading) for task in tasks]
    dag = DAGSpec({"meta": _META, "tasks": specifications}).to_dag()
    dag.executor = _Threads(progress)
    return dag


def _specified(task: PlannedTask, source: str, loading: set[str]) -> dict[str, Any]:
    """The task as Ploomber wants it. One that reads stored data depends on the data's digest
    instead of on the tasks that loaded it."""
    specification = with_versions(task, source)
    upstream = specification.get("upstream", [])
    if task.reads:
        upstream = [name for name in upstream if name not in loading]
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
    """Remove a task's products, so that it counts as not done."""
    for product in task.specification["product"].values():
        Path(product).unlink(missing_ok=True)


_SETTLED = {TaskStatus.Executed, TaskStatus.Skipped, TaskStatus.Aborted, TaskStatus.Errored}


class _Threads(Executor):  # type: ignore[misc]
    """Runs ready tasks side by side, each in a thread that waits for its notebook's kernel.

    Ploomber's own parallel executor polls without a pause and so takes a processor for itself.
    """

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.running: dict[Future[Any], tuple[Any, float]] = {}

    def __call__(self, dag: Any, show_progress: bool) -> list[Any]:
        super().__call__(dag)
        workers = get_settings().processes or os.cpu_count() or 1
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
        failures: dict[str, str] = {}
        with ThreadPoolExecutor(workers) as pool:
            try:
                self._submit_ready(dag, pool)
                while self.running:
                    finished, _ = wait(self.running, return_when=FIRST_COMPLETED)
                    for future in finished:
                        failures |= self._settle(future)
                    self._submit_ready(dag, pool)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                _stop_kernels()
                raise
        if failures:
            raise PipelineError(_explained(dag, failures))
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

    def _settle(self, future: Future[Any]) -> dict[str, str]:
        task, began = self.running.pop(future)
        error = future.exception()
        task.exec_status = TaskStatus.Errored if error else TaskStatus.Executed
        self.progress.ended(task.name, time.monotonic() - began, "failed" if error else "done")
        if error is None:
            task.product.metadata.update_locally(future.result()[1])
            return {}
        return {task.name: _reason(error)}


def _reason(error: BaseException) -> str:
    """The innermost error's own words: of a notebook's failed cell, what the cell raised."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(getattr(error, "evalue", None) or error)


def _explained(dag: Any, failures: dict[str, str]) -> str:
    skipped = [name for name in dag if dag[name].exec_status == TaskStatus.Aborted]
    told = "; ".join(
        f"{name} failed: {reason.rstrip('.')}{_look(dag[name])}"
        for name, reason in failures.items()
    )
    waiting = f" Not run because of it: {', '.join(skipped)}." if skipped else ""
    return f"{told}.{waiting} What is done is kept: mend the cause and run again."


def _look(task: Any) -> str:
    product = task.product.to_json_serializable()
    notebook = product.get("nb") if isinstance(product, dict) else None
    return f" (the notebook with its traceback: {notebook})" if notebook else ""


def _stop_kernels() -> None:
    """End the notebooks' kernels: they are this process's children."""
    for child in psutil.Process().children(recursive=True):
        if "ipykernel" in " ".join(child.cmdline()):
            child.kill()
