"""Where work is done: in this process, in local ones, or on a Dask cluster.

The only module that imports joblib, which moves functions and results between processes by
pickling. What it unpickles comes from processes that it started, or from the cluster one has named;
it reads no file.
"""

import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import joblib

import wellhead
from wellhead.errors import SettingsError
from wellhead.settings import get_settings

R = TypeVar("R")
Progress = Callable[[int, int], None]
"""Told, after each part, how much is done and of how much."""

_PATIENCE = 10  # seconds for a scheduler to answer, and for it to find a worker
_SAME_EVERYWHERE = ("wellhead", "python", "numpy", "pandas", "joblib")


def run_parallel(
    work: Callable[..., R],
    units: Sequence[tuple[Any, ...]],
    *,
    processes: int | None = None,
    weights: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> list[R]:
    """`work(*unit)` for every unit, in their order.

    On the Dask cluster that DASK_SCHEDULER names; without one in `processes` local processes
    (None: as many as WELLHEAD_PROCESSES says, or there are processors). One process is this one.
    `work` is a pure function of a module, so that where it runs changes nothing. `weights` say
    how much of the whole each unit is, for `progress`.

    Raises what `work` raises, and SettingsError for a cluster that cannot be used.
    """
    sizes = list(weights) if weights is not None else [1] * len(units)
    results, done = [], 0
    with _workers(processes, len(units)) as options:
        calls = (joblib.delayed(work)(*unit) for unit in units)
        for size, result in zip(sizes, _run(calls, options), strict=True):
            results.append(result)
            done += size
            if progress is not None:
                progress(done, sum(sizes))
    return results


def _run(calls: Iterator[Any], options: dict[str, Any]) -> Iterator[Any]:
    answers: Iterator[Any] = joblib.Parallel(return_as="generator", **options)(calls)
    return answers


@contextmanager
def _workers(processes: int | None, units: int) -> Iterator[dict[str, Any]]:
    settings = get_settings()
    if settings.dask_scheduler is None:
        count = processes or settings.processes or os.cpu_count() or 1
        yield {"n_jobs": max(1, min(count, units))}
        return
    with (
        _cluster(settings.dask_scheduler) as client,
        joblib.parallel_config("dask", client=client, wait_for_workers_timeout=_PATIENCE),
    ):
        yield {"n_jobs": sum(client.ncores().values())}


@contextmanager
def _cluster(address: str) -> Iterator[Any]:
    """A client of the scheduler, with workers that run what we run."""
    from distributed import Client

    try:
        client = Client(address, timeout=_PATIENCE)
    except (OSError, ValueError) as error:  # a TimeoutError is an OSError
        raise SettingsError(
            f"setting DASK_SCHEDULER: no scheduler answers at {address}. Start one there "
            "(`dask scheduler`), or unset it to work in local processes."
        ) from error
    with client:
        _require_workers_like_us(client, address)
        yield client


def _require_workers_like_us(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError as error:
        raise SettingsError(
            f"setting DASK_SCHEDULER: the scheduler at {address} has no worker. Start some "
            f"(`dask worker {address}`)."
        ) from error
    ours = versions()
    for worker, theirs in client.run(versions, on_error="return").items():
        if not isinstance(theirs, dict):
            raise SettingsError(
                f"setting DASK_SCHEDULER: worker {worker} cannot run Wellhead ({theirs!r}). "
                "Install there what requirements.lock lists, and this version of Wellhead."
            )
        for name in _SAME_EVERYWHERE:
            if ours[name] != theirs[name]:
                raise SettingsError(
                    f"setting DASK_SCHEDULER: worker {worker} has {name} {theirs[name]} and this "
                    f"process {ours[name]}. Give both the same versions, as requirements.lock."
                )


def versions() -> dict[str, str]:
    """What must be the same wherever work is done, with its version here."""
    import numpy
    import pandas

    libraries = {library.__name__: library.__version__ for library in (numpy, pandas, joblib)}
    return {"wellhead": wellhead.__version__, "python": platform.python_version(), **libraries}
