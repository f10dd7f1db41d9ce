"""The tolerances within which stored series must agree: `expectations/reconciliation.yml`."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from wellhead.validation.expectation_files import expectations_folder, read_expectations


@dataclass(frozen=True)
class Tolerance:
    """`tolerance` is in the instrument's unit; `share` of the days must lie within it."""

    tolerance: float
    share: float
    reason: str


def same_instrument() -> dict[str, Tolerance]:
    """By instrument, the tolerance between its sources."""
    entries = _load(_path())["same_instrument"]
    return {key: _tolerance(entry) for entry in entries for key in entry["commodities"]}


def basis_pairs() -> dict[tuple[str, str], Tolerance]:
    """By pair of instruments, as spot and future, the tolerance between them."""
    entries = _load(_path())["pairs"]
    return {(entry["left"], entry["right"]): _tolerance(entry) for entry in entries}


def labelled_tolerances() -> list[tuple[str, Tolerance]]:
    """Every tolerance with a label of what it is about, in the order of the file."""
    document = _load(_path())
    sources = [
        (f"sources of {', '.join(entry['commodities'])}", _tolerance(entry))
        for entry in document["same_instrument"]
    ]
    pairs = [(f"{e['left']} and {e['right']}", _tolerance(e)) for e in document["pairs"]]
    return sources + pairs


def _path() -> Path:
    return expectations_folder() / "reconciliation.yml"


@lru_cache
def _load(path: Path) -> dict[str, Any]:
    return read_expectations(path, "a list of tolerances", _checked)


def _checked(document: dict[str, Any]) -> dict[str, Any]:
    """The document, if each of its tolerances is one."""
    for entry in (*document["same_instrument"], *document["pairs"]):
        _tolerance(entry)
    return document


def _tolerance(entry: dict[str, Any]) -> Tolerance:
    tolerance, share = float(entry["tolerance"]), float(entry["share"])
    if tolerance < 0 or not 0 <= share <= 1:
        raise ValueError("tolerance must be 0 or more, share between 0 and 1")
    if not entry["reason"].strip():
        raise ValueError("an entry has no reason")
    return Tolerance(tolerance, share, " ".join(entry["reason"].split()))
