"""Who is champion, since when and why, and how its forecasts have done."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.database.operations import read_table
from wellhead.errors import NoChampionError, NoDataError
from wellhead.tracking.registry import Registered, champion
from wellhead.workflows.champions.decisions import pending_decision, read_decisions


@dataclass(frozen=True)
class Tenure:
    """A champion, when its model took over, and how forecasts in the ledger have done.

    `record`: the newest rows of table `track_records` of the champion and of models that have
    decayed, by model and horizon; empty until an outcome is known.
    """

    champion: Registered
    since: pd.Timestamp
    alarm: bool
    """Whether the newest decision demoted a decayed champion, or was a rollback of one that did."""
    pending: dict[Any, Any] | None
    """The newest decision, if a program stopped before it moved the alias; else None."""
    record: pd.DataFrame


def tenures(commodity: str) -> Iterator[Tenure]:
    """The champion of each target of a commodity.

    Raises NoChampionError if there is none, NoDataError if no decision for one is stored.
    """
    key, found = find_instrument(commodity).key, False
    for target in Target:
        with suppress(NoChampionError):
            incumbent, found = champion(key, target), True
            yield _tenure(incumbent)
    if not found:
        champion(key)


def _tenure(incumbent: Registered) -> Tenure:
    decisions = read_decisions(incumbent.commodity, incumbent.target)
    return Tenure(
        champion=incumbent,
        since=_since(decisions, incumbent),
        alarm=bool(decisions["alarm"].iloc[-1]),
        pending=pending_decision(incumbent.commodity, incumbent.target),
        record=_record(incumbent),
    )


def _since(decisions: pd.DataFrame, incumbent: Registered) -> pd.Timestamp:
    """The first of the decisions for the incumbent's model since one for another model."""
    own = decisions["model"] == incumbent.model
    if not own.any():
        raise NoDataError(
            f"{incumbent.commodity} ({incumbent.target}): no decision for {incumbent.model} "
            f"version {incumbent.version}, the champion in the registry, is stored. Run "
            "`wellhead run --force`: it decides anew."
        )
    last = own[own].index[-1]
    others = own.index[~own & (own.index < last)]
    first: pd.Timestamp = decisions["decided_at"].iloc[others[-1] + 1 if len(others) else 0]
    return first


def _record(incumbent: Registered) -> pd.DataFrame:
    stored = read_table(
        "track_records",
        commodity=incumbent.commodity,
        target_kind=incumbent.target.value,
        source=incumbent.source,
    )
    newest = stored.sort_values("known_at").drop_duplicates(["model", "horizon"], keep="last")
    shown = newest[newest["model"].eq(incumbent.model) | newest["alarm"].astype(bool)]
    return shown.sort_values(["model", "horizon"], ignore_index=True)
