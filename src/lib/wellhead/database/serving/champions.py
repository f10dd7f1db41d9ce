"""Reads of decisions on champions, of what they have forecast, and of how models have done."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from wellhead.catalogue.targets import Target
from wellhead.database.query_frames import Row, read_rows
from wellhead.database.schema import SCHEMA

_DECISIONS = SCHEMA["promotions"].c
_COMMODITY: sa.BindParameter[str] = sa.bindparam("of_commodity")
_TARGET: sa.BindParameter[str] = sa.bindparam("of_target")
_DECISION = (
    sa.select(SCHEMA["promotions"])
    .where(_DECISIONS.commodity == _COMMODITY, _DECISIONS.target_kind == _TARGET)
    .order_by(_DECISIONS.decided_at.desc())
    .limit(1)
)


def newest_decisions(commodity: str | None = None) -> Sequence[Row]:
    """The decision in force for each (commodity, target): rows of table `promotions`.

    Sorted by commodity and target, daily before monthly. Of one commodity, or of all.
    """
    key = (_DECISIONS.commodity, _DECISIONS.target_kind)
    query = sa.select(SCHEMA["promotions"]).ext(distinct_on(*key))
    if commodity is not None:
        query = query.where(_DECISIONS.commodity == commodity)
    return read_rows(query.order_by(*key, _DECISIONS.decided_at.desc()))


def newest_decision(commodity: str, target: Target) -> Row | None:
    """The decision in force for one target: a row of table `promotions`; None before the first."""
    return next(iter(read_rows(_DECISION, of_commodity=commodity, of_target=target.value)), None)


def reasons(commodity: str, target: Target) -> dict[str, str]:
    """Model version -> the reason of the newest decision for it."""
    query = (
        sa.select(_DECISIONS.model_version, _DECISIONS.reason)
        .where(_DECISIONS.commodity == commodity, _DECISIONS.target_kind == target)
        .order_by(_DECISIONS.decided_at)
    )
    return {row.model_version: row.reason for row in read_rows(query)}


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
    query = _track_records(with_source=source is not None, with_model=model is not None)
    return read_rows(
        query, of_commodity=commodity, of_target=target.value, of_source=source, of_model=model
    )


@lru_cache
def _track_records(*, with_source: bool, with_model: bool) -> sa.Select[Any]:
    """Made once: to make the query takes as long as to run it."""
    records = SCHEMA["track_records"].c
    key = (records.source, records.model, records.horizon)
    query = (
        sa.select(SCHEMA["track_records"])
        .ext(distinct_on(*key))
        .where(records.commodity == _COMMODITY, records.target_kind == _TARGET)
        .order_by(*key, records.known_at.desc())
    )
    if with_source:
        query = query.where(records.source == sa.bindparam("of_source"))
    return query.where(records.model == sa.bindparam("of_model")) if with_model else query
