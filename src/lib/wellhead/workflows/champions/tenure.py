"""Tenures: who is champion, since when and why, and how its forecasts have done."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pandas as pd

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.targets import Target
from wellhead.database.operations import read_table
from wellhead.errors import NoChampionError, NoDataError
from wellhead.evaluation.selection.drift import is_alarm
from wellhead.tracking.registry import Registered, champion


@dataclass(frozen=True)
class Tenure:
    """A champion, the time of the first decision for its model, and the ledger's record.

    `record`: for each model and horizon the newest row of table `track_records`, from the
    champion's source; empty until an outcome is known.
    """

    champion: Registered
    since: pd.Timestamp
    record: pd.DataFrame

    @property
    def alarm(self) -> bool:
        """Whether it replaced a champion that had decayed."""
        return is_alarm(self.champion.reason)

    @property
    def watched(self) -> pd.DataFrame:
        """The rows of `record` of the champion, and those with an alarm of other models."""
        own = self.record["model"].eq(self.champion.model)
        return self.record[own | self.record["alarm"].astype(bool)].reset_index(drop=True)


def tenures(instrument: Instrument) -> Iterator[Tenure]:
    """The tenure of each target's champion.

    Raises NoChampionError if no target has one, NoDataError if the decision for one is missing.
    """
    exists = False
    for target in Target:
        with suppress(NoChampionError):
            yield tenure(instrument, target)
            exists = True
    if not exists:
        champion(instrument.key)


def tenure(instrument: Instrument, target: Target) -> Tenure:
    """The tenure of one target's champion. Raises as `tenures` does."""
    incumbent = champion(instrument.key, target)
    return Tenure(incumbent, _since(incumbent), _record(incumbent))


def _since(incumbent: Registered) -> pd.Timestamp:
    decisions = read_table(
        "promotions", commodity=incumbent.commodity, target_kind=incumbent.target.value
    ).sort_values("decided_at")
    others = decisions.loc[decisions["model"] != incumbent.model, "decided_at"]
    own = decisions if others.empty else decisions[decisions["decided_at"] > others.iloc[-1]]
    if own.empty:
        raise NoDataError(
            f"{incumbent.commodity} ({incumbent.target}): the decision that made "
            f"{incumbent.model} version {incumbent.version} champion is not stored, because a run "
            "was stopped in between. Run `wellhead run` again: it decides again."
        )
    first: pd.Timestamp = own["decided_at"].iloc[0]
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
