"""Reads of the ledger. Each asks the database for just the rows it needs."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from wellhead.catalogue.targets import Target
from wellhead.database.query_frames import read_query
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


def newest_forecast(
    commodity: str, target: Target, model: str, version: str, source: str
) -> pd.DataFrame:
    """The newest forecast of one model version; empty if it never made one.

    All columns of table `ledger`, in the order of its key. A version forecasts from one source.
    """
    ledger = _LEDGER.c
    made_by = (
        *_of(commodity, target, source),
        ledger.model == model,
        ledger.model_version == version,
    )
    newest = sa.select(sa.func.max(ledger.made_at)).where(*made_by).scalar_subquery()
    return read_query(
        sa.select(_LEDGER)
        .where(*made_by, ledger.made_at == newest)
        .order_by(*_LEDGER.primary_key.columns)
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


def _of(commodity: str, target: Target, source: str) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions that choose the forecasts of one target from one source."""
    ledger = _LEDGER.c
    return (
        ledger.commodity == commodity,
        ledger.target_kind == target,
        ledger.source == source,
    )
