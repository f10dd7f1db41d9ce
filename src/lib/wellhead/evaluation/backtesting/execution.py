"""Run work in this process, in local processes, or on a Dask cluster.

Only this module imports joblib, which pickles functions and results to move them between processes.
It unpickles only what comes from processes it started, or from the cluster that the user named; it
reads no file.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import joblib

from wellhead.evaluation.backtesting.cluster import PATIENCE, connect
from wellhead.library_warnings import hide_library_warnings
from wellhead.settings import get_settings

R = TypeVar("R")
Progress = Callable[[int, int], None]
"""Called after each part with the work done so far and the total."""


def run_parallel(
    work: Callable[..., R],
    units: Sequence[tuple[Any, ...]],
    *,
    processes: int | None = None,
    weights: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> list[R]:
    """`work(*unit)` for every unit; the results are in the order of the units.

    The work runs on the Dask cluster that DASK_SCHEDULER names. Without one it runs in `processes`
    local processes (None: WELLHEAD_PROCESSES, or the number of processors); 1 is this process.
    `work` is a pure function at the top level of a module, so the results do not depend on where it
    runs. `weights` are the sizes of the units, for `progress`.

    Raises what `work` raises, and SettingsError for a cluster that cannot be used.
    """
    sizes = list(weights) if weights is not None else [1] * len(units)
    results, done = [], 0
    with _workers(processes, len(units)) as options:
        calls = (joblib.delayed(_quietly)(work, *unit) for unit in units)
        for size, result in zip(sizes, _run(calls, options), strict=True):
            results.append(result)
            done += size
            if progress is not None:
                progress(done, sum(sizes))
    return results


def _quietly(work: Callable[..., R], *unit: Any) -> R:
    """A worker has the terminal of the program that started it."""
    if multiprocessing.parent_process() is not None:
        hide_library_warnings()
    return work(*unit)


def _run(calls: Iterator[Any], options: dict[str, Any]) -> Iterator[Any]:
    results: Iterator[Any] = joblib.Parallel(return_as="generator", **options)(calls)
    return results


@contextmanager
def _workers(processes: int | None, units: int) -> Iterator[dict[str, Any]]:
    """The options of joblib.Parallel, inside the backend that they are for."""
    settings = get_settings()
    if settings.dask_scheduler is None:
        count = processes or settings.processes or os.cpu_count() or 1
        yield {"n_jobs": max(1, min(count, units))}
        return
    with (
        connect(settings.dask_scheduler) as client,
        joblib.parallel_config("dask", client=client, wait_for_workers_timeout=PATIENCE),
    ):
        yield {"n_jobs": sum(client.ncores().values())}
