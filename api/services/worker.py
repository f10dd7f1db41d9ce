"""A process beside the application in which registered models are loaded.

MLflow, torch and prophet take seconds and hundreds of megabytes to import, and a forecast takes
seconds: neither may hold other requests up. The process starts with the first request that needs
it, ends with the application, and is replaced when it takes too long or dies.
"""

import asyncio
import importlib
import multiprocessing
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from api.gateway.logs import configure_logs
from api.problems import Problem

_WAITING = 8  # requests, the running one included
_START_SECONDS = 120.0  # for the process to import what it needs, on a busy machine
_TASKS = 500  # of one process: then a new one replaces it

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Worker:
    """Runs functions one at a time, each for at most `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting = 0
        self._pool: ProcessPool | None = None
        self._lock = threading.Lock()

    async def call(self, function: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Run an importable function there, and pass its result or its error on.

        Raises Problem 503 if too many requests wait or the process died, 504 if it takes longer.
        """
        if self._waiting >= _WAITING:
            raise _unavailable("worker_busy", "Too many requests for models wait already.", 5)
        self._waiting += 1
        try:
            return await self._result(function, args, kwargs)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._pool is not None:
                self._pool.stop()  # type: ignore[no-untyped-call]
                self._pool.join()
                self._pool = None

    async def _result(self, function: Callable[..., _R], args: Any, kwargs: Any) -> _R:
        future = self._running_pool().schedule(function, args, kwargs, timeout=self._seconds)
        longest = _START_SECONDS + self._waiting * self._seconds
        try:
            # The pool forgets a function that is cancelled while it waits, and ends the process of
            # one that runs.
            return await asyncio.wait_for(asyncio.wrap_future(future), longest)
        except TimeoutError:
            raise Problem(
                504,
                "took_too_long",
                "Took too long",
                f"No result after {self._seconds:g} s. Ask for less, or again later.",
            ) from None
        except ProcessExpired:
            raise _unavailable("worker_died", "The process of the models died.", 5) from None

    def _running_pool(self) -> ProcessPool:
        with self._lock:
            if self._pool is None:
                context = multiprocessing.get_context("spawn")  # threads do not survive a fork
                self._pool = ProcessPool(1, _TASKS, initializer=_start, context=context)
            return self._pool


def _start() -> None:
    """In the new process: import what takes long before the time of a request runs."""
    configure_logs()
    importlib.import_module("api.services.model_service")
    importlib.import_module("wellhead.tracking.client").mlflow()


def _unavailable(code: str, detail: str, retry_after: int) -> Problem:
    return Problem(
        503, code, "Models unavailable", f"{detail} Try again.", {"retry-after": str(retry_after)}
    )
