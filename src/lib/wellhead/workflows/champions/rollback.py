"""Rollback: makes the previous champion the champion again."""

from dataclasses import dataclass

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.targets import Target
from wellhead.database.server.replica import reading_primary
from wellhead.errors import NoChampionError
from wellhead.tracking.registry import Registered, champion
from wellhead.workflows.champions.decisions import (
    apply_pending_decisions,
    read_decisions,
    record_decisions,
)


@dataclass(frozen=True)
class RollbackResult:
    """The champion after a rollback.

    `was_pending`: the newest decision had not taken effect, so the rollback only made it do so.
    """

    champion: Registered
    was_pending: bool


@reading_primary()
def rollback(instrument: Instrument, target: Target = Target.DAILY) -> RollbackResult:
    """Store the decision for the previous champion and move the alias `champion` to it.

    API and dashboards then read that version, the site from its next build on; the next promotion
    decides again. An alarm stands until then. The previous champion is the newest decision for
    another version, so a second rollback undoes the first. If the newest decision has not taken
    effect yet, because a program was stopped, this makes it take effect and changes nothing else.

    Raises NoChampionError if there is no champion, or no previous one.
    """
    applied = apply_pending_decisions(commodity=instrument.key, target_kind=target.value)
    if not applied:
        record_decisions(pd.DataFrame([_decision(champion(instrument.key, target))]))
    return RollbackResult(champion(instrument.key, target), was_pending=applied > 0)


def _decision(incumbent: Registered) -> dict[str, object]:
    """The decision that rolls back from the incumbent, as a row of table `promotions`."""
    decisions = read_decisions(incumbent.commodity, incumbent.target)
    others = decisions[decisions["model_version"] != incumbent.version]
    if others.empty:
        raise NoChampionError(
            f"{incumbent.commodity} ({incumbent.target}) has had no champion but "
            f"{incumbent.model} {incumbent.version}: there is nothing to roll back to."
        )
    newest, previous = decisions.iloc[-1], others.iloc[-1]
    return {
        "commodity": incumbent.commodity,
        "target_kind": incumbent.target.value,
        "decided_at": now(),
        "model": previous["model"],
        "model_version": previous["model_version"],
        "reason": _reason(incumbent, newest, previous),
        "alarm": bool(newest["alarm"]),
    }


def _reason(incumbent: Registered, newest: "pd.Series[str]", previous: "pd.Series[str]") -> str:
    reason = (
        f"Rolled back by hand from {incumbent.model} version {incumbent.version} to "
        f"{previous['model']} version {previous['model_version']}. It was champion because: "
        f"{previous['reason']}"
    )
    if newest["alarm"] and not previous["alarm"]:
        reason += f" An alarm stands until the next promotion: {newest['reason']}"
    return reason
