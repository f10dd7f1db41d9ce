"""All of Ploomber that Wellhead uses, among it parts that are not documented, for version 0.23.3.

Ploomber's own parallel executor polls without a pause and takes a whole processor, so Wellhead has
its own (`wellhead.pipeline.executor`). An executor must start tasks and settle their status, for
which Ploomber has private methods only. Ploomber is no longer developed; before another version is
used, check this module against it.
"""

import os
from pathlib import Path
from typing import Any

# No telemetry, no question to PyPI, no advertisement. Its extensions in JupyterLab are not loaded.
os.environ["PLOOMBER_STATS_ENABLED"] = "false"
os.environ["PLOOMBER_VERSION_CHECK_DISABLED"] = "true"

from ploomber.constants import TaskStatus
from ploomber.executors.abc import Executor
from ploomber.spec import DAGSpec

VERSION = "0.23.3"

__all__ = [
    "VERSION",
    "DAGSpec",
    "Executor",
    "TaskStatus",
    "build_task",
    "forget_product",
    "needs_run",
    "set_notebook_options",
    "settle_task",
]

_ENDED = {TaskStatus.Executed, TaskStatus.Skipped, TaskStatus.Aborted, TaskStatus.Errored}


def needs_run(task: Any) -> bool:
    """Whether a rendered task has to run."""
    return task.exec_status not in _ENDED


def set_notebook_options(task: Any, options: dict[str, Any]) -> None:
    """Add arguments of `papermill.execute_notebook` for a task; does nothing for a function."""
    if hasattr(task, "executor_params"):
        task.executor_params |= options


def build_task(task: Any) -> Any:
    """Run a task in this thread and return the metadata of its products.

    The task's old metadata is deleted first: until the task ends well, it counts as not done.
    """
    task.product.metadata.delete()
    _, metadata = task._build(catch_exceptions=True)
    return metadata


def settle_task(task: Any, metadata: Any | None) -> None:
    """Record that a task has ended, with the metadata of its products, or None if it failed.

    Ploomber then frees the tasks downstream, or aborts them.
    """
    task.exec_status = TaskStatus.Errored if metadata is None else TaskStatus.Executed
    if metadata is not None:
        task.product.metadata.update_locally(metadata)


def forget_product(path: Path) -> None:
    """Delete Ploomber's metadata of a product, so that its task counts as not done."""
    path.with_name(f".{path.name}.metadata").unlink(missing_ok=True)
