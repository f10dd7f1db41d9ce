"""Reads of decisions on champions, of what they have forecast, and of how models have done."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from wellhead.catalogue.targets import Target
from wellhead.database.ledger import newest_of
from wellhead.database.query_frames import Row, read_rows
from wellhead.database.schema import SCHEMA

_DECISIONS = SCHEMA["promotions"].c
_LEDGER = SCHEMA["ledger"]


def newest_decisions(commodity: str | None = None) -> Sequence[Row]:
    """The decision in force for each (commodity, target): rows of table `promotions`.

    Sorted by commodity and target, daily before monthly. Of one commodity, or of all.
    """
    key = (_DECISIONS.commodity, _DECISIONS.target_kind)
    query = sa.select(SCHEMA["promotions"]).ext(distinct_on(*key))
    if commodity is not None:
        query = query.where(_DECISIONS.commodity == commodity)
    return read_rows(query.order_by(*key, _DECISIONS.decided_at.desc()))


def champion_rows(commodity: str, target: Target) -> Sequence[Row]:
    """The newest forecast of the champion: rows of table `ledger` by target_at, with the decision.

    Besides the ledger's columns each row has `champion`, `champion_version`, `reason` and
    `grounds` of the decision. Without a decision there is no row; while a new champion has no
    forecast there is one, with the decision alone.
    """
    return read_rows(_CHAMPION, commodity=commodity, target_kind=target.value)


def reasons(commodity: str, target: Target) -> dict[str, str]:
    """Model version -> the reason of the newest decision for it."""
    query = (
        sa.select(_DECISIONS.model_version, _DECISIONS.reason)
        .where(_DECISIONS.commodity == commodity, _DECISIONS.target_kind == target)
        .order_by(_DECISIONS.decided_at)
    )
    return {row.model_version: row.reason for row in read_rows(query)}


def _champion_query() -> sa.Select[Any]:
    decision = (
        sa.select(
            _DECISIONS.model.label("champion"),
            _DECISIONS.model_version.label("champion_version"),
            _DECISIONS.reason,
            _DECISIONS.grounds,
        )
        .where(
            _DECISIONS.commodity == sa.bindparam("commodity"),
            _DECISIONS.target_kind == sa.bindparam("target_kind"),
        )
        .order_by(_DECISIONS.decided_at.desc())
        .limit(1)
        .subquery()
    )
    of_champion = newest_of(
        sa.bindparam("commodity"),
        sa.bindparam("target_kind"),
        decision.c.champion,
        decision.c.champion_version,
    )
    return (
        sa.select(_LEDGER, decision)
        .select_from(decision.outerjoin(_LEDGER, of_champion))
        .order_by(_LEDGER.c.target_at)
    )


_CHAMPION = _champion_query()


def newest_scores(commodity: str, target: Target) -> Sequence[Row]:
    """The newest backtest of each model: rows of table `leaderboard`, by model and horizon."""
    scores = SCHEMA["leaderboard"].c
    key = (scores.model, scores.horizon)
    query = (
        sa.select(SCHEMA["leaderboard"])
        .ext(distinct_on(*key))
        .where(scores.commodity == commodity, scores.target_kind == target)
        .order_by(*key, scores.recorded_at.desc())
    )
    return read_rows(query)


def newest_track_records(
    commodity: str, target: Target, source: str | None = None, model: str | None = None
) -> Sequence[Row]:
    """How the ledger's forecasts have done: the newest row a (source, model, horizon).

    Rows of table `track_records`, of one source or model, or of all.
    """
    records = SCHEMA["track_records"].c
    key = (records.source, records.model, records.horizon)
    query = (
        sa.select(SCHEMA["track_records"])
        .ext(distinct_on(*key))
        .where(records.commodity == commodity, records.target_kind == target)
        .order_by(*key, records.known_at.desc())
    )
    if source is not None:
        query = query.where(records.source == source)
    if model is not None:
        query = query.where(records.model == model)
    return read_rows(query)
