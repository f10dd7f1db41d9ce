"""A Dask cluster whose workers have the same versions as this process."""

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import wellhead
from wellhead.errors import SettingsError

PATIENCE = 10  # seconds for a scheduler to answer, and for it to find a worker
_SAME_EVERYWHERE = ("wellhead", "python", "numpy", "pandas", "joblib")


@contextmanager
def connect(address: str) -> Iterator[Any]:
    """A client of the scheduler at `address`. Raises SettingsError if it cannot be used."""
    from distributed import Client

    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:  # a TimeoutError is an OSError
        raise SettingsError(
            f"setting DASK_SCHEDULER: no scheduler answers at {address}. Start one there "
            "(`dask scheduler`), or unset it to work in local processes."
        ) from error
    with client:
        _require_worker(client, address)
        _require_same_versions(client)
        yield client


def _require_worker(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        raise SettingsError(
            f"setting DASK_SCHEDULER: the scheduler at {address} has no worker. Start some "
            f"(`dask worker {address}`)."
        ) from error


def _require_same_versions(client: Any) -> None:
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
                    f"process {ours[name]}. Install the versions of requirements.lock on both."
                )


def versions() -> dict[str, str]:
    """The versions that must be the same on every worker."""
    libraries = {name: version(name) for name in ("numpy", "pandas", "joblib")}
    return {"wellhead": wellhead.__version__, "python": platform.python_version(), **libraries}
