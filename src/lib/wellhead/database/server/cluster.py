"""The files of the embedded PostgreSQL, and the processes that make and run them.

No program runs through a shell, and none inherits the locale or PostgreSQL's variables of whoever
starts it. So every path works, and every machine sorts text alike.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from wellhead.database.server import keeper
from wellhead.database.server.account import (
    account,
    hand_over,
    make_passable,
    make_readable,
    passable,
)
from wellhead.database.server.pgserver import MAJOR, programs
from wellhead.errors import StorageError
from wellhead.files import socket_places

USER = "postgres"
PORT = "5432"  # part of the socket's name; nothing listens on a network
_SOCKETS = "wellhead-socket-"
_INITDB = (
    f"--username={USER}",
    "--auth=trust",  # the private folder of the socket keeps other users out
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


@dataclass(frozen=True)
class Server:
    """A running server, as its file `postmaster.pid` describes it."""

    pid: int
    socket_folder: Path
    ready: bool

    @property
    def reachable(self) -> bool:
        """Whether the socket is still there: programs that clean temporary folders remove it."""
        return (self.socket_folder / f".s.PGSQL.{PORT}").exists()


def create_cluster(folder: Path) -> None:
    """Create the files of a cluster in a new folder. Raises CalledProcessError if it fails."""
    folder.mkdir(mode=0o700, parents=True)
    hand_over(folder)
    make_passable(folder.parent)
    subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [str(_program("initdb", MAJOR)), *_INITDB, f"--pgdata={folder}"],
        cwd="/",
        env=_environment(),
        user=account(),
        group=account(),
        extra_groups=[] if account() else None,
        capture_output=True,
        text=True,
        check=True,
    )


def running(cluster: Path) -> Server | None:
    """The server of a cluster if it runs, ready or not."""
    server = _described(cluster)
    return server if server and _works_in(cluster, server.pid) else None


def remove_leftovers(cluster: Path) -> None:
    """Remove what a server that was killed left: its `postmaster.pid` and the socket's folder.

    After a reboot the number in the file can be that of another program.
    """
    if server := _described(cluster):
        if server.socket_folder.name.startswith(_SOCKETS):
            shutil.rmtree(server.socket_folder, ignore_errors=True)
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def launch(cluster: Path, users: Path) -> "subprocess.Popen[bytes]":
    """Start a keeper with the server of a cluster."""
    program = _program("postgres", int((cluster / "PG_VERSION").read_text()))
    make_passable(cluster.parent)
    folder = _make_socket_folder()
    options = {
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": str(folder),
        "unix_socket_permissions": "0700",
    }
    server = [str(program), "-D", str(cluster)]
    for name, value in options.items():
        server += ["-c", f"{name}={value}"]
    return subprocess.Popen(  # noqa: S603 - our own program
        keeper.command(
            server,
            users=users,
            log=log_of(cluster),
            socket_folder=folder,
            account=account(),
        ),
        cwd="/",
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches the users, not the server
    )


def log_of(cluster: Path) -> Path:
    """The file with what the server reports."""
    return cluster / "log"


def stop(cluster: Path) -> None:
    """Stop the server of a cluster and wait until it has ended."""
    if server := running(cluster):
        process = psutil.Process(server.pid)
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            process.wait()


def kill_server_of_removed(cluster: Path) -> None:
    """Kill a server whose cluster was deleted while it ran.

    It would notice within a minute and remove its socket.
    """
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] == "postgres" and str(cluster) in (process.info["cmdline"] or []):
            process.kill()
            process.wait(10)


def _described(cluster: Path) -> Server | None:
    """What `postmaster.pid` says. The server writes it line by line while it starts."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    pid, _, _, _, socket_folder, _, _, status = [*lines, *[""] * 8][:8]
    return Server(int(pid) if pid.isdigit() else 0, Path(socket_folder), status.strip() == "ready")


def _works_in(cluster: Path, pid: int) -> bool:
    """Whether a process is a server of this cluster: PostgreSQL works in the cluster's folder."""
    try:
        process = psutil.Process(pid)
        living = "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE
        return living and Path(process.cwd()) == cluster.resolve()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _make_socket_folder() -> Path:
    """A new folder for the socket that only the server's user can enter, with a short path."""
    for place in socket_places():
        if passable(place):
            folder = Path(tempfile.mkdtemp(prefix=_SOCKETS, dir=place))
            hand_over(folder)
            return folder
    raise StorageError(
        "there is no folder for the socket of the embedded PostgreSQL: set TMPDIR to a folder with "
        "a short path of plain characters in which you may write."
    )


def _program(name: str, major: int) -> Path:
    folder = programs(major)
    if folder is None:
        raise StorageError(
            f"the embedded PostgreSQL {major} is not installed, and the database is of that "
            "version: install the versions of requirements.lock, or set DATABASE_URL."
        )
    make_readable(folder)
    return folder / name


def _environment() -> dict[str, str]:
    """The variables of this process without a locale, and without those of PostgreSQL."""
    other = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LC_", "LANG", "PG"))
    }
    return {**other, "LC_ALL": "C"}
