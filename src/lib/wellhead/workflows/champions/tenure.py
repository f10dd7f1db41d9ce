"""Verb: who is champion, since when and why, and how its forecasts have done."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pandas as pd

from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.database.operations import read_table
from wellhead.errors import NoChampionError, NoDataError
from wellhead.evaluation.selection.drift import is_alarm
from wellhead.tracking.registry import Registered, champion


@dataclass(frozen=True)
class Tenure:
    """A champion, the first of the decisions for its model since another's, and the ledger.

    `record`: the newest rows of table `track_records` of the champion and of models that have
    decayed, by model and horizon; empty until an outcome is known.
    """

    champion: Registered
    since: pd.Timestamp
    record: pd.DataFrame

    @property
    def alarm(self) -> bool:
        """Whether it took the place of a champion that had decayed."""
        return is_alarm(self.champion.reason)


def tenures(commodity: str) -> Iterator[Tenure]:
    """The champion of each target of a commodity.

    Raises NoChampionError if there is none, NoDataError where the decision for one is not written.
    """
    key, found = find_instrument(commodity).key, False
    for target in Target:
        with suppress(NoChampionError):
            incumbent, found = champion(key, target), True
            yield Tenure(incumbent, _since(incumbent), _record(incumbent))
    if not found:
        champion(key)


def _since(incumbent: Registered) -> pd.Timestamp:
    made = read_table(
        "promotions", commodity=incumbent.commodity, target_kind=incumbent.target.value
    ).sort_values("decided_at")
    others = made.loc[made["model"] != incumbent.model, "decided_at"]
    own = made if others.empty else made[made["decided_at"] > others.iloc[-1]]
    if own.empty:
        raise NoDataError(
            f"{incumbent.commodity} ({incumbent.target}): that {incumbent.model} version "
            f"{incumbent.version} is champion was not written down, so a run was stopped in "
            "between. Run `wellhead run` again: it decides anew."
        )
    first: pd.Timestamp = own["decided_at"].iloc[0]
    return first


def _record(incumbent: Registered) -> pd.DataFrame:
    kept = read_table(
        "track_records",
        commodity=incumbent.commodity,
        target_kind=incumbent.target.value,
        source=incumbent.source,
    )
    newest = kept.sort_values("known_at").drop_duplicates(["model", "horizon"], keep="last")
    shown = newest[newest["model"].eq(incumbent.model) | newest["alarm"].astype(bool)]
    return shown.sort_values(["model", "horizon"], ignore_index=True)
