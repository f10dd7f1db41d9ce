"""Rollback: makes the previous champion the champion again."""

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.targets import Target
from wellhead.database.operations import read_table
from wellhead.database.writing import write_rows
from wellhead.errors import NoChampionError
from wellhead.tracking.registry import Registered, champion, find_version, set_champion


def rollback(instrument: Instrument, target: Target = Target.DAILY) -> Registered:
    """Move the alias `champion` to the version that held it before, and record the decision.

    API and dashboards then read that version, the site from its next build on; the next promotion
    decides again. The previous champion is the newest decision for another version, so a second
    rollback undoes the first.

    Raises NoChampionError if there is no champion, or no previous one.
    """
    incumbent = champion(instrument.key, target)
    previous = _previous(incumbent)
    version, reason = previous["model_version"], _reason(incumbent, previous)
    set_champion(instrument.key, target, version, reason)
    row = {
        "commodity": instrument.key,
        "target_kind": target.value,
        "decided_at": now(),
        "model": previous["model"],
        "model_version": version,
        "reason": reason,
    }
    write_rows("promotions", pd.DataFrame([row]))
    return find_version(instrument.key, target, version)


def _previous(incumbent: Registered) -> "pd.Series[str]":
    """The newest decision for another version."""
    decisions = read_table(
        "promotions", commodity=incumbent.commodity, target_kind=incumbent.target.value
    )
    others = decisions[decisions["model_version"] != incumbent.version].sort_values("decided_at")
    if others.empty:
        raise NoChampionError(
            f"{incumbent.commodity} ({incumbent.target}) has had no champion but "
            f"{incumbent.model} {incumbent.version}: there is nothing to roll back to."
        )
    return others.iloc[-1]


def _reason(incumbent: Registered, previous: "pd.Series[str]") -> str:
    return (
        f"Rolled back by hand from {incumbent.model} version {incumbent.version} to "
        f"{previous['model']} version {previous['model_version']}. It was champion because: "
        f"{previous['reason']}"
    )
