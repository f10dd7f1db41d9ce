"""The embedded PostgreSQL: a server of our own under `var/postgres`, started on demand.

It listens on a Unix socket in a private folder, so that no other user of the machine can connect.
It stops when the last process that uses it ends (`keeper.py`), and starts again when it has died.
"""

import atexit
import fcntl
import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from filelock import FileLock

from wellhead.database.server.cluster import (
    PORT,
    USER,
    Server,
    create_cluster,
    kill_server_of_removed,
    launch,
    log_of,
    remove_leftovers,
    running,
    stop,
)
from wellhead.database.server.keeper import try_exclusive
from wellhead.errors import StorageError

_STARTS = 4  # children of a killed server may still be ending
_LONGEST_WAIT_S = 300  # recovery after a crash may take minutes
_PAUSE_S = 0.02
_FAILURE = re.compile(r"\b(?:error|fatal|panic): *(.+)", re.IGNORECASE)
_NOT_WRITABLE = re.compile("Permission denied|File exists|Not a directory|Read-only")

_locks: dict[Path, int] = {}
"""The folders `var` whose server this process uses -> the descriptor of its shared lock."""
_servers: dict[str, Path] = {}
"""The folders of sockets that this process was given -> the folder `var` of the server."""


def start(var_dir: Path) -> sa.URL:
    """Start the server under `var_dir` unless it runs. Returns its address.

    Raises StorageError with the cause if it does not start.
    """
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(var_dir / "postgres.lock"):
            _lock_out_a_stop(var_dir)
            server = _ready_server(var_dir)
    except (OSError, subprocess.SubprocessError) as error:
        raise _cannot_run(var_dir, _cause(error)) from error
    socket_folder = str(server.socket_folder)
    _servers[socket_folder] = var_dir
    where = {"host": socket_folder, "port": PORT}
    return sa.URL.create("postgresql+psycopg", USER, database=USER, query=where)


def release(var_dir: Path) -> None:
    """Use the server no longer; stop it unless another process uses it."""
    descriptor = _locks.pop(var_dir, None)
    if descriptor is None:
        return
    os.close(descriptor)  # unlocking would unlock the parent of a forked child as well
    with suppress(FileNotFoundError):
        if (alone := try_exclusive(_users(var_dir))) is not None:
            stop(var_dir / "postgres")
            os.close(alone)


@atexit.register
def _release_all() -> None:
    for var_dir in list(_locks):
        release(var_dir)


@sa.event.listens_for(sa.Engine, "do_connect")
def _revive(
    dialect: sa.Dialect, _record: Any, arguments: Sequence[Any], parameters: dict[str, Any]
) -> Any:
    """Connect; if the embedded server has died, start it again. For MLflow's engine as well."""
    var_dir = _servers.get(str(parameters.get("host")))
    if var_dir is None:
        return None  # not ours: SQLAlchemy connects
    try:
        return dialect.connect(*arguments, **parameters)
    except psycopg.OperationalError:
        again = start(var_dir).query
        return dialect.connect(*arguments, **{**parameters, **again})


def _users(var_dir: Path) -> Path:
    return var_dir / "postgres.users"


def _lock_out_a_stop(var_dir: Path) -> None:
    """Hold a shared lock until this process ends. A server that is stopping ends first."""
    held = _locks.get(var_dir)
    descriptor = os.open(_users(var_dir), os.O_RDWR | os.O_CREAT, 0o600)
    if held is not None and os.path.samestat(os.fstat(held), os.fstat(descriptor)):
        os.close(descriptor)
        return
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    _locks[var_dir] = descriptor


def _ready_server(var_dir: Path) -> Server:
    cluster = var_dir / "postgres"
    if not (cluster / "PG_VERSION").exists():
        _make_cluster(cluster)
    begin = _size(log_of(cluster))
    for _ in range(_STARTS):
        keeper, server = None, running(cluster)
        if server and server.ready and not server.reachable:
            stop(cluster)  # something has removed its socket
            server = None
        if server is None:
            remove_leftovers(cluster)
            keeper = launch(cluster, _users(var_dir))
        if server := _wait(cluster, keeper):
            return server
        time.sleep(1)
    raise _cannot_run(var_dir, _failure(_text_from(log_of(cluster), begin)))


def _wait(cluster: Path, keeper: "subprocess.Popen[bytes] | None") -> Server | None:
    """The server once it is ready; None if it has ended."""
    deadline = time.monotonic() + _LONGEST_WAIT_S
    while time.monotonic() < deadline:
        server = running(cluster)
        if server and server.ready:
            return server
        if server is None and (keeper is None or keeper.poll() is not None):
            return None
        time.sleep(_PAUSE_S)
    return None


def _make_cluster(cluster: Path) -> None:
    """Create the cluster under another name and rename it, so that it is never incomplete."""
    kill_server_of_removed(cluster)
    fresh = cluster.with_suffix(".new")
    for leftover in (cluster, fresh):
        shutil.rmtree(leftover, ignore_errors=True)
    create_cluster(fresh)
    fresh.rename(cluster)


def _cannot_run(var_dir: Path, cause: str) -> StorageError:
    log = log_of(var_dir / "postgres")
    if "No space left" in cause:
        advice = "Free some space on the disk, or set"
    elif _NOT_WRITABLE.search(cause):
        advice = "Make the folder writable, or set"
    elif log.exists():
        advice = f"See {log}, or set"
    else:
        advice = "Set"
    return StorageError(
        f"the embedded PostgreSQL cannot run in {var_dir}: {cause.rstrip('.')}. {advice} "
        "DATABASE_URL to a server of your own."
    )


def _cause(error: Exception) -> str:
    return (
        _failure(error.stderr) if isinstance(error, subprocess.CalledProcessError) else str(error)
    )


def _failure(report: str) -> str:
    """The last error that a program reports, in one line."""
    failures = _FAILURE.findall(report)
    return failures[-1] if failures else (report.strip().splitlines() or ["no reason given"])[-1]


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _text_from(file: Path, begin: int) -> str:
    return file.read_bytes()[begin:].decode(errors="replace") if file.exists() else ""
