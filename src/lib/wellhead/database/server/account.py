"""The user that runs the embedded PostgreSQL: whoever starts it; for root, an own user.

PostgreSQL refuses to run as root. So root's servers run as the user `pgserver`, which owns their
files and reaches them through folders that others may pass through but not list.
"""

import os
import pwd
import subprocess
import time
from functools import lru_cache
from pathlib import Path

from wellhead.errors import StorageError

_NAME = "pgserver"
_TRIES = 6
_PASS, _READ = 0o001, 0o004


@lru_cache
def account() -> str | None:
    """The name of the user that runs servers started by root, created if new; else None."""
    if os.geteuid() != 0:
        return None
    failure = ""
    for attempt in range(_TRIES):
        if _exists():
            return _NAME
        time.sleep(attempt * 0.2)
        failure = _add_user()
    raise StorageError(
        f"PostgreSQL does not run as root, and the user {_NAME} cannot be added: {failure}. Run "
        "as another user, or set DATABASE_URL."
    )


def _exists() -> bool:
    try:
        return bool(pwd.getpwnam(_NAME))
    except KeyError:
        return False


def _add_user() -> str:
    """Add the user; the error if it fails, for instance because another process is adding it."""
    command = ["useradd", "--system", "--shell", "/usr/sbin/nologin", _NAME]
    try:
        added = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError:
        return "there is no program useradd"
    return added.stderr.strip()


def hand_over(folder: Path) -> None:
    """Give a folder, not what it contains, to the user that runs the server."""
    if name := account():
        entry = pwd.getpwnam(name)
        os.chown(folder, entry.pw_uid, entry.pw_gid)


def passable(folder: Path) -> bool:
    """Whether the user that runs the server reaches what is in a folder."""
    return account() is None or all(
        each.stat().st_mode & _PASS for each in (folder, *folder.parents)
    )


def make_passable(folder: Path) -> None:
    """Let the user that runs the server pass through a folder and its parents."""
    if account():
        for each in (folder, *folder.parents):
            _add(each, _PASS)


def make_readable(programs: Path) -> None:
    """Let the user that runs the server read the installation whose programs are in a folder."""
    if account() is None:
        return
    make_passable(programs)
    for each in programs.parent.rglob("*"):
        if not each.is_symlink():
            executable = each.is_dir() or each.parent == programs
            _add(each, _READ | (_PASS if executable else 0))


def _add(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)
