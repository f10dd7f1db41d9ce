"""Code versions: a digest of modules, of everything they import, and of the locked packages.

A task runs again when the digest of its modules changes. Every MLflow run is tagged with one.
"""

import hashlib
from collections.abc import Set
from functools import lru_cache
from pathlib import Path
from typing import Any

import grimp

from wellhead.settings import get_settings

_PACKAGE = Path(__file__).resolve().parents[1]
# Module -> files in its folder that it reads and that count as part of its code.
_READ_BY = {
    "wellhead.catalogue.entries": ("instruments.yml",),
    "wellhead.workflows.modelling.registration": ("mlflow_model.py",),
    "wellhead.workflows.publishing.html": ("templates",),
}
_READS_EXPECTATIONS = "wellhead.validation.expectation_files"


def code_version(modules: Set[str]) -> str:
    """The digest of modules, given by their dotted names: 16 hexadecimal digits."""
    graph = import_graph()
    closure = set(modules).union(*(graph.find_upstream_modules(module) for module in modules))
    files = sorted({path for module in closure for path in _files_of(module)})
    home = get_settings().home
    if _READS_EXPECTATIONS in closure:
        files += sorted((home / "expectations").glob("*.yml"))
    files += [home / "requirements.lock"]
    return digest("".join(file_digest(path) for path in files))[:16]


@lru_cache
def import_graph() -> Any:
    """Which module of the package imports which: a `grimp.ImportGraph`."""
    return grimp.build_graph("wellhead", cache_dir=None)


def digest(content: str | bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    data = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()


def file_digest(path: Path) -> str:
    """The digest of a file's bytes; empty if there is no file."""
    return digest(path.read_bytes()) if path.exists() else ""


def _files_of(module: str) -> list[Path]:
    path = _PACKAGE.joinpath(*module.split(".")[1:])
    code = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    entries = [code.parent / name for name in _READ_BY.get(module, ())]
    return [code, *(file for entry in entries for file in _files_below(entry))]


def _files_below(path: Path) -> list[Path]:
    return sorted(path.iterdir()) if path.is_dir() else [path]
