"""Tenures: who is champion, since when and why, and how its forecasts have done."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.targets import Target
from wellhead.database.operations import read_table
from wellhead.database.server.replica import reading_primary
from wellhead.errors import NoChampionError, NoDataError
from wellhead.tracking.registry import Registered, champion
from wellhead.workflows.champions.decisions import read_decisions


@dataclass(frozen=True)
class Tenure:
    """A champion, when its model took over, and the ledger's record.

    `record`: for each model and horizon the newest row of table `track_records`, from the
    champion's source; empty until an outcome is known.
    """

    champion: Registered
    since: pd.Timestamp
    alarm_reason: str
    """The newest decision's reason if it demoted a decayed champion, or rolled back to or from one
    while that alarm stood; else empty."""
    pending: dict[Any, Any] | None
    """The newest decision, if a program stopped before it moved the alias; else None."""
    record: pd.DataFrame

    @property
    def watched(self) -> pd.DataFrame:
        """The rows of `record` of the champion, and those with an alarm of other models."""
        own = self.record["model"].eq(self.champion.model)
        return self.record[own | self.record["alarm"].astype(bool)].reset_index(drop=True)


def tenures(instrument: Instrument) -> Iterator[Tenure]:
    """The tenure of each target's champion.

    Raises NoChampionError if no target has one, NoDataError if no decision for one is stored.
    """
    exists = False
    for target in Target:
        with suppress(NoChampionError):
            yield tenure(instrument, target)
            exists = True
    if not exists:
        champion(instrument.key)


@reading_primary()  # a late replica lacks the decision that moved the registry's alias
def tenure(instrument: Instrument, target: Target) -> Tenure:
    """The tenure of one target's champion. Raises as `tenures` does."""
    incumbent = champion(instrument.key, target)
    decisions = read_decisions(instrument.key, target)
    since, newest = _since(decisions, incumbent), decisions.to_dict("records")[-1]
    return Tenure(
        champion=incumbent,
        since=since,
        alarm_reason=newest["reason"] if newest["alarm"] else "",
        pending=None if newest["model_version"] == incumbent.version else newest,
        record=_record(incumbent),
    )


def _since(decisions: pd.DataFrame, incumbent: Registered) -> pd.Timestamp:
    """The first of the decisions for the incumbent's model since one for another model."""
    own = decisions["model"] == incumbent.model
    if not own.any():
        raise NoDataError(
            f"{incumbent.commodity} ({incumbent.target}): no decision for {incumbent.model} "
            f"version {incumbent.version}, the champion in the registry, is stored. Run "
            "`wellhead run --force`: it decides again."
        )
    last = own[own].index[-1]
    others = own.index[~own & (own.index < last)]
    first: pd.Timestamp = decisions["decided_at"].iloc[others[-1] + 1 if len(others) else 0]
    return first


def _record(incumbent: Registered) -> pd.DataFrame:
    rows = read_table(
        "track_records",
        commodity=incumbent.commodity,
        target_kind=incumbent.target.value,
        source=incumbent.source,
    )
    newest = rows.sort_values("known_at").drop_duplicates(["model", "horizon"], keep="last")
    return newest.sort_values(["model", "horizon"], ignore_index=True)
