"""Decisions on champions: store them in the database, then move the registry's alias.

No transaction covers both stores. The decision is the record, so it is stored first. If a program
stops in between, the decision is pending: the alias still points to the version before, and
`apply_pending_decisions` moves it later.
"""

import logging
from typing import Any

import pandas as pd

from wellhead.catalogue.targets import Target
from wellhead.database.operations import read_table
from wellhead.database.server.replica import reading_primary
from wellhead.database.writing import write_rows
from wellhead.errors import ArtifactError, NoChampionError
from wellhead.tracking.registry import champion, find_version, set_champion

_log = logging.getLogger("wellhead.promotion")


def read_decisions(commodity: str, target: Target) -> pd.DataFrame:
    """The rows of table `promotions` of one target, oldest first."""
    rows = read_table("promotions", commodity=commodity, target_kind=target.value)
    return rows.sort_values("decided_at", ignore_index=True)


def record_decisions(decisions: pd.DataFrame) -> None:
    """Store decisions, rows of table `promotions`, and move the alias of each target.

    Raises ArtifactError, and stores nothing, if the registry does not have a chosen version.
    """
    rows = decisions.to_dict("records")
    for decision in rows:
        _require_version(decision)
    write_rows("promotions", decisions)
    for decision in rows:
        _move_alias(decision)


@reading_primary()
def apply_pending_decisions(**equal: str) -> int:
    """Move each alias that does not point to the version of the newest decision.

    `equal`: columns of table `promotions` and their values, to choose targets. If the registry has
    lost a version, a warning is logged. Returns how many aliases moved.
    """
    rows = read_table("promotions", **equal).sort_values("decided_at")
    newest = rows.drop_duplicates(["commodity", "target_kind"], keep="last").to_dict("records")
    pending = [decision for decision in newest if not _is_applied(decision)]
    return sum(_apply(decision) for decision in pending)


def _is_applied(decision: dict[Any, Any]) -> bool:
    try:
        current = champion(decision["commodity"], Target(decision["target_kind"]))
    except NoChampionError:
        return False
    return bool(current.version == decision["model_version"])


def _apply(decision: dict[Any, Any]) -> bool:
    """Whether the alias could be moved: the registry may have lost or renumbered the version."""
    try:
        _require_version(decision)
    except ArtifactError as error:
        _log.warning("%s", error)
        return False
    _move_alias(decision)
    return True


def _require_version(decision: dict[Any, Any]) -> None:
    """Raise ArtifactError if the registry lacks the version or has another model as that number."""
    name = f"{decision['commodity']} ({decision['target_kind']})"
    wanted = f"{decision['model']} version {decision['model_version']}"
    try:
        version = find_version(
            decision["commodity"], Target(decision["target_kind"]), decision["model_version"]
        )
    except ArtifactError as error:
        raise ArtifactError(f"{name}: {wanted} cannot be champion: {error}") from error
    if version.model != decision["model"]:
        raise ArtifactError(
            f"{name}: {wanted} cannot be champion: that version is {version.model} in the "
            "registry. Run `wellhead run --force`: it decides again."
        )


def _move_alias(decision: dict[Any, Any]) -> None:
    set_champion(
        decision["commodity"],
        Target(decision["target_kind"]),
        decision["model_version"],
        decision["reason"],
        alarm=decision["alarm"],
    )
