"""Make the champion before the present one champion again."""

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.database.server.replica import reading_primary
from wellhead.errors import NoChampionError
from wellhead.tracking.registry import Registered, champion
from wellhead.workflows.champions.decisions import (
    apply_pending_decisions,
    read_decisions,
    record_decisions,
)


@reading_primary()
def rollback(commodity: str, target: Target = Target.DAILY) -> Registered:
    """Move the alias `champion` to the version that held it before, and store that decision.

    API and dashboards serve that version from then on; the next promotion decides anew. An alarm
    stands until then. A second rollback undoes the first: the newest decision for another version
    counts. If the newest decision has not taken effect yet, because a program was stopped, this
    makes it take effect and changes nothing else.

    Raises NoChampionError if there is no champion, or none before it.
    """
    key = find_instrument(commodity).key
    if not apply_pending_decisions(commodity=key, target_kind=target.value):
        record_decisions(pd.DataFrame([_decision_to_roll_back(champion(key, target))]))
    return champion(key, target)


def _decision_to_roll_back(incumbent: Registered) -> dict[str, object]:
    key, target = incumbent.commodity, incumbent.target
    decisions = read_decisions(key, target)
    others = decisions[decisions["model_version"] != incumbent.version]
    if others.empty:
        raise NoChampionError(
            f"{key} ({target}) has had no champion but {incumbent.model} {incumbent.version}: "
            "there is nothing to roll back to."
        )
    newest, before = decisions.iloc[-1], others.iloc[-1]
    reason = (
        f"Rolled back by hand from {incumbent.model} version {incumbent.version} to "
        f"{before['model']} version {before['model_version']}. It had been chosen because: "
        f"{before['reason']}"
    )
    if newest["alarm"] and not before["alarm"]:
        reason += f" An alarm stands until the next promotion: {newest['reason']}"
    return {
        "commodity": key,
        "target_kind": target.value,
        "decided_at": now(),
        "model": before["model"],
        "model_version": before["model_version"],
        "reason": reason,
        "alarm": bool(newest["alarm"]),
    }
