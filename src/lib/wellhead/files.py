"""Files: written whole or not at all, and YAML that is read strictly.

Everything temporary has the number of its process in its name, so that `remove_leftovers` finds
what a killed process left.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import yaml

_TEMPORARY = re.compile(r"\.wellhead-tmp-(\d+)-.*")


@contextmanager
def temporary_folder(parent: Path | None = None) -> Iterator[Path]:
    """A private folder that is removed with the block; without `parent`, among the system's."""
    if parent is not None:
        parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=parent, prefix=_prefix(), ignore_cleanup_errors=True
    ) as name:
        yield Path(name)


def remove_leftovers(folder: Path, *, below: bool = False) -> None:
    """Remove what killed processes left in a folder, or also below it."""
    pattern = f"{'**/' if below else ''}.wellhead-tmp-*"
    for path in list(folder.glob(pattern)):
        found = _TEMPORARY.fullmatch(path.name)
        if found and not _in_use(path, int(found[1])):
            shutil.rmtree(path, ignore_errors=True)
            with suppress(OSError):
                path.unlink()


def socket_places() -> Iterator[Path]:
    """Folders for Unix sockets, best first: with plain characters and room for a socket's name.

    A socket's path holds 107 characters.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    for place in (runtime, "/tmp", tempfile.gettempdir()):  # noqa: S108 - ours are private
        plain = re.fullmatch(r"/[\w./-]{,60}", place, re.ASCII)
        if plain and os.access(place, os.W_OK | os.X_OK):
            yield Path(place)


def _in_use(path: Path, pid: int) -> bool:
    """Whether the process that made a path lives; a younger one only has its number."""
    try:
        return psutil.Process(pid).create_time() <= path.stat().st_mtime
    except (psutil.NoSuchProcess, FileNotFoundError):
        return False


def _prefix() -> str:
    return f".wellhead-tmp-{os.getpid()}-"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path that replaces `path` if the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_prefix())
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that is given twice, where YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key) for key, _ in node.value if key.value != "<<"]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise yaml.YAMLError(f"{', '.join(map(str, twice))} is given twice")
        return super().construct_mapping(node, deep)


def read_strict_yaml(path: Path) -> Any:
    """The content of a YAML file. Raises YAMLError, also for a key given twice; OSError."""
    return yaml.load(path.read_text(encoding="utf-8"), _StrictLoader)  # noqa: S506 - a SafeLoader
