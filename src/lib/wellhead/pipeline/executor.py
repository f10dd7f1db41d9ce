"""Runs the tasks of a Ploomber DAG side by side, each in a thread that waits for its kernel."""

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import psutil

from wellhead.pipeline.failures import Failures, reason_of
from wellhead.pipeline.ploomber_internals import Executor, TaskStatus, build_task, settle_task
from wellhead.pipeline.processors import workers
from wellhead.pipeline.progress import Progress

_KERNELS = ("ipykernel_launcher", "wellhead.pipeline.kernels.server")


class ThreadExecutor(Executor):  # type: ignore[misc]
    """Starts each task as soon as its upstream tasks are done and a worker is free."""

    def __init__(self, progress: Progress, failures: Failures) -> None:
        self.progress = progress
        self.failures = failures
        self.workers = workers()
        self.running: dict[Future[Any], tuple[Any, float]] = {}

    def __call__(self, dag: Any, show_progress: bool) -> list[Any]:
        """Run the tasks of `dag`; Ploomber calls it from `dag.build()`."""
        super().__call__(dag)
        with ThreadPoolExecutor(self.workers) as pool:
            try:
                self._run(dag, pool)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                _stop_kernels()
                raise
        aborted = [name for name in dag if dag[name].exec_status == TaskStatus.Aborted]
        self.failures.not_run += aborted
        self.progress.drop(set(aborted))
        return []

    def _run(self, dag: Any, pool: ThreadPoolExecutor) -> None:
        self._submit_ready(dag, pool)
        while self.running:
            finished, _ = wait(self.running, return_when=FIRST_COMPLETED)
            for future in finished:
                self._settle(future)
            self._submit_ready(dag, pool)

    def _submit_ready(self, dag: Any, pool: ThreadPoolExecutor) -> None:
        started = {task.name for task, _ in self.running.values()}
        ready = [
            task
            for task in dag.values()
            if task.exec_status == TaskStatus.WaitingExecution and task.name not in started
        ]
        for task in ready[: self.workers - len(self.running)]:
            self.running[pool.submit(build_task, task)] = (task, time.monotonic())

    def _settle(self, future: Future[Any]) -> None:
        task, began = self.running.pop(future)
        error = future.exception()
        settle_task(task, None if error else future.result())
        seconds = time.monotonic() - began
        self.progress.task_ended(task.name, seconds, "failed" if error else "done")
        if error is not None:
            self.failures.reasons[task.name] = reason_of(error, _notebook_of(task))


def _notebook_of(task: Any) -> str | None:
    """The executed notebook of a task; None for a function."""
    product = task.product.to_json_serializable()
    return product.get("nb") if isinstance(product, dict) else None


def _stop_kernels() -> None:
    """End the notebooks' kernels, and the process that forks them: children of this process."""
    for child in psutil.Process().children(recursive=True):
        if any(name in child.cmdline() for name in _KERNELS):
            child.kill()
