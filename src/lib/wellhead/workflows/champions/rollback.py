"""Verb: give the title back to the champion before."""

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.database.operations import read_table
from wellhead.database.writing import write_rows
from wellhead.errors import NoChampionError
from wellhead.tracking.registry import Registered, champion, find_version, set_champion


def rollback(commodity: str, target: Target = Target.DAILY) -> Registered:
    """Move the alias `champion` to the version that held it before, and write down that it was.

    Whoever reads the champion (API, dashboards, the site at its next run) then reads that one; the
    next promotion decides anew. Rolling back twice gives the first one its title back: the newest
    decision for another version counts.

    Raises NoChampionError when there is no champion, or there was none before it.
    """
    key = find_instrument(commodity).key
    incumbent = champion(key, target)
    decided = read_table("promotions", commodity=key, target_kind=target.value)
    others = decided[decided["model_version"] != incumbent.version].sort_values("decided_at")
    if others.empty:
        raise NoChampionError(
            f"{key} ({target}) has had no champion but {incumbent.model} {incumbent.version}: "
            "there is nothing to roll back to."
        )
    before = others.iloc[-1]
    reason = (
        f"Rolled back by hand from {incumbent.model} version {incumbent.version} to "
        f"{before['model']} version {before['model_version']}. It had been chosen because: "
        f"{before['reason']}"
    )
    set_champion(key, target, before["model_version"], reason)
    row = {
        "commodity": key,
        "target_kind": target.value,
        "decided_at": now(),
        "model": before["model"],
        "model_version": before["model_version"],
        "reason": reason,
    }
    write_rows("promotions", pd.DataFrame([row]))
    return find_version(key, target, before["model_version"])
