"""The parent process of the embedded PostgreSQL: it stops the server when nobody uses it.

Whoever uses the server holds a shared lock on a file, which the system releases when a process
ends, however it ends. As soon as the keeper gets the lock for itself, it stops the server. So a
server does not outlive its users, even if all of them were killed.

The keeper runs as a script and imports the standard library alone, so that it stays small.
"""

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

_PAUSE_S = 0.2


def command(
    server: list[str], *, users: Path, log: Path, socket_folder: Path, account: str | None
) -> list[str]:
    """The command that starts a keeper with its server; `account`: run the server as this user."""
    options = [f"--users={users}", f"--log={log}", f"--socket-folder={socket_folder}"]
    if account:
        options.append(f"--account={account}")
    return [sys.executable, "-I", "-S", __file__, *options, "--", *server]


def try_exclusive(users: Path) -> int | None:
    """A descriptor that keeps every user out until it is closed; None while there is a user.

    Raises FileNotFoundError if the file, or its folder, was deleted.
    """
    descriptor = os.open(users, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("--users", "--log", "--socket-folder"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--account")
    parser.add_argument("server", nargs="+")
    given = parser.parse_args()
    for ignored in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(ignored, signal.SIG_IGN)  # the server ends first, then the keeper
    try:
        _keep(given.server, given.users, given.log, given.account)
    finally:
        shutil.rmtree(given.socket_folder, ignore_errors=True)


def _keep(server: list[str], users: Path, log: Path, account: str | None) -> None:
    """Run the server until it ends or nobody uses it any more."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
            server,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=account,
            group=account,
            extra_groups=[] if account else None,
        )
    while process.poll() is None and _in_use(users):
        time.sleep(_PAUSE_S)
    process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
    process.wait()


def _in_use(users: Path) -> bool:
    """Whether a process uses the server. If none does, it stays so until the keeper ends."""
    try:
        return try_exclusive(users) is None
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    _main()
