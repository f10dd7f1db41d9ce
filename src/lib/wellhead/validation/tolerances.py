"""How closely series must agree: `expectations/reconciliation.yml`, read and checked."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from wellhead.errors import SettingsError
from wellhead.settings import get_settings


@dataclass(frozen=True)
class Tolerance:
    """`tolerance` in the instrument's unit; `share` of the days must lie within it."""

    tolerance: float
    share: float
    reason: str


def same_instrument() -> dict[str, Tolerance]:
    """For an instrument how closely its sources must agree."""
    entries = _load(_path())["same_instrument"]
    return {key: _tolerance(entry) for entry in entries for key in entry["commodities"]}


def basis_pairs() -> dict[tuple[str, str], Tolerance]:
    """Pairs of instruments, as spot and future, and how closely they must agree."""
    entries = _load(_path())["pairs"]
    return {(entry["left"], entry["right"]): _tolerance(entry) for entry in entries}


def _path() -> Path:
    return get_settings().home / "expectations" / "reconciliation.yml"


@lru_cache
def _load(path: Path) -> dict[str, Any]:
    """The document. Raises SettingsError that names the file and the fault."""
    try:
        document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        for entry in (*document["same_instrument"], *document["pairs"]):
            _tolerance(entry)
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"{path} is not a list of tolerances: {reason}.") from error
    return document


def _tolerance(entry: dict[str, Any]) -> Tolerance:
    tolerance, share = float(entry["tolerance"]), float(entry["share"])
    if tolerance < 0 or not 0 <= share <= 1:
        raise ValueError("tolerance must be 0 or more, share between 0 and 1")
    return Tolerance(tolerance, share, " ".join(entry["reason"].split()))
