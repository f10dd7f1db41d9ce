"""Reads of the ledger. Each asks the database for just the rows it needs."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from wellhead.calendars import to_utc
from wellhead.catalogue.targets import Target
from wellhead.database.query_frames import Row, read_query, read_rows
from wellhead.database.schema import SCHEMA
from wellhead.tables import STATISTICS

_LEDGER = SCHEMA["ledger"]
_COLUMNS = (
    "commodity",
    "target_kind",
    "model",
    "source",
    "made_at",
    "last_observed_at",
    "horizon",
    "target_at",
    *STATISTICS,
    "recorded_at",
)

# Every forecast has a row one step ahead, so this row shows that the forecast was made.
_ONE_ROW_A_FORECAST = _LEDGER.c.horizon == 1


class Origin(NamedTuple):
    """When a forecast was made, and by which model version."""

    model_version: str
    made_at: pd.Timestamp


def newest_forecast(commodity: str, target: Target, model: str, version: str) -> Sequence[Row]:
    """The newest forecast of one model version, by target_at; empty if it never made one.

    Columns of the ledger: unit, run_id, code_version, source, made_at, last_observed_at,
    target_at, horizon, and at the end STATISTICS.
    """
    return read_rows(
        _NEWEST_FORECAST,
        of_commodity=commodity,
        of_target=target.value,
        of_model=model,
        of_version=version,
    )


def versions_that_forecast(
    commodity: str, target: Target, source: str, made_at: pd.Timestamp
) -> dict[str, str]:
    """The models that forecast a target at `made_at`, by name: model -> its newest version.

    The newest version is the one whose forecast was recorded last.
    """
    ledger = _LEDGER.c
    rows = read_query(
        sa.select(ledger.model, ledger.model_version)
        .ext(distinct_on(ledger.model))
        .where(*_of(commodity, target, source), _ONE_ROW_A_FORECAST, ledger.made_at == made_at)
        .order_by(ledger.model, ledger.recorded_at.desc(), ledger.model_version.desc())
    )
    return dict(zip(rows["model"], rows["model_version"], strict=True))


def last_forecast_before(
    commodity: str, target: Target, source: str, model: str, moment: pd.Timestamp
) -> Origin | None:
    """The newest forecast that any version of a model made before a moment; None if there is none.

    Of several made from the same prices, the one recorded last.
    """
    ledger = _LEDGER.c
    rows = read_query(
        sa.select(ledger.model_version, ledger.made_at)
        .where(*_of(commodity, target, source), _ONE_ROW_A_FORECAST)
        .where(ledger.model == model, ledger.made_at < moment)
        .order_by(ledger.made_at.desc(), ledger.recorded_at.desc())
        .limit(1)
    )
    return None if rows.empty else Origin(*rows.iloc[0])


PAGE_KEY = ("made_at", "model", "model_version", "target_at")
"""The order of a page of the ledger, and what identifies its last row."""


def read_page(
    commodity: str,
    target: Target,
    source: str,
    *,
    model: str | None,
    horizon: int | None,
    made_from: date | None,
    made_to: date | None,
    after: Sequence[object] | None,
    limit: int,
) -> Sequence[Row]:
    """At most `limit` rows of the ledger in the order of PAGE_KEY, after the row with key `after`.

    `made_from` and `made_to` are days, both included.
    """
    ledger = _LEDGER.c
    key = [ledger[name] for name in PAGE_KEY]
    query = sa.select(_LEDGER).where(*_of(commodity, target, source)).order_by(*key).limit(limit)
    for column, value in ((ledger.model, model), (ledger.horizon, horizon)):
        query = query if value is None else query.where(column == value)
    if made_from is not None:
        query = query.where(ledger.made_at >= to_utc(made_from))
    if made_to is not None:
        query = query.where(ledger.made_at < to_utc(made_to) + pd.Timedelta(days=1))
    if after is not None:
        values = [sa.literal(value, column.type) for value, column in zip(after, key, strict=True)]
        query = query.where(sa.tuple_(*key) > sa.tuple_(*values))
    return read_rows(query)


def read_ledger(
    commodity: str, target: Target, source: str, horizons: Sequence[int]
) -> pd.DataFrame:
    """Every forecast of a target from the prices of a source, at `horizons`.

    One row a (model, made_at, target_at), in this order, with the columns that say what was
    forecast when. Where several versions of a model forecast from the same prices, the one
    recorded first counts: a later one could have been made with hindsight.
    """
    ledger = _LEDGER.c
    grain = (ledger.model, ledger.made_at, ledger.target_at)
    return read_query(
        sa.select(*(ledger[name] for name in _COLUMNS))
        .ext(distinct_on(*grain))
        .where(*_of(commodity, target, source), ledger.horizon.in_(list(horizons)))
        .order_by(*grain, ledger.recorded_at)
    )


def _by_version(ledger: Any) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        ledger.commodity == sa.bindparam("of_commodity"),
        ledger.target_kind == sa.bindparam("of_target"),
        ledger.model == sa.bindparam("of_model"),
        ledger.model_version == sa.bindparam("of_version"),
    )


def _newest_forecast() -> sa.Select[Any]:
    """Made once: to make the query takes as long as to run it."""
    other = _LEDGER.alias()
    newest = sa.select(sa.func.max(other.c.made_at)).where(*_by_version(other.c)).scalar_subquery()
    names = ("unit", "run_id", "code_version", "source", "made_at", "last_observed_at")
    return (
        sa.select(*(_LEDGER.c[name] for name in (*names, "target_at", "horizon", *STATISTICS)))
        .where(*_by_version(_LEDGER.c), _LEDGER.c.made_at == newest)
        .order_by(_LEDGER.c.target_at)
    )


_NEWEST_FORECAST = _newest_forecast()


def _of(commodity: str, target: Target, source: str) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions that choose the forecasts of one target from one source."""
    ledger = _LEDGER.c
    return (
        ledger.commodity == commodity,
        ledger.target_kind == target,
        ledger.source == source,
    )
