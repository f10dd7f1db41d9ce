"""Forecasts: the newest of each champion or model, and the ledger of all that were made."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.auth.decisions import Requires
from api.dependencies import (
    STORED_DATA,
    Commodity,
    Forecasts,
    ModelName,
    Quantiles,
    SourceName,
    TargetName,
)
from api.errors import responses
from api.routes.bodies import json_response
from api.schemas.forecasts import ForecastAnswer, ForecastList, LedgerPage
from api.schemas.inputs import Day
from api.services.paging import PageOfRows
from wellhead.catalogue.targets import Target
from wellhead.workflows.access.keys import Scope

router = APIRouter(
    prefix="/v1/forecasts",
    tags=["forecasts"],
    dependencies=[Depends(Requires(Scope.READ)), *STORED_DATA],
)

Days = Annotated[
    int | None,
    Query(
        ge=1, description="Rows: trading days (1 to 63, 30 by default) or months (1 to 13, all)."
    ),
]
Horizon = Annotated[int | None, Query(ge=0, le=250, description="One horizon only.")]
MadeFrom = Annotated[Day | None, Query(description="Made on this day or later.")]
MadeTo = Annotated[Day | None, Query(description="Made on this day or before.")]


@router.get("", response_model=ForecastList, responses=responses())
def read_forecasts(forecasts: Forecasts, target: TargetName = Target.DAILY) -> Response:
    """The newest forecast of every commodity's champion."""
    return json_response(ForecastList(forecasts=forecasts.all_newest(target)))


@router.get("/{commodity}", response_model=ForecastAnswer, responses=responses(404))
def read_forecast(
    commodity: Commodity,
    forecasts: Forecasts,
    quantiles: Quantiles,
    days: Days = None,
    target: TargetName = Target.DAILY,
    model: ModelName = None,
) -> Response:
    """The newest forecast of the commodity's champion, or of another model, with provenance."""
    return json_response(forecasts.newest(commodity, target, days, model, quantiles))


@router.get("/{commodity}/history", response_model=LedgerPage, responses=responses(404))
def read_history(
    commodity: Commodity,
    forecasts: Forecasts,
    page: PageOfRows,
    target: TargetName = Target.DAILY,
    source: SourceName = None,
    model: ModelName = None,
    horizon: Horizon = None,
    made_from: MadeFrom = None,
    made_to: MadeTo = None,
) -> Response:
    """What was forecast when: the ledger, oldest first, by pages."""
    found = forecasts.history(
        commodity,
        target,
        source,
        page,
        model=model,
        horizon=horizon,
        made_from=made_from,
        made_to=made_to,
    )
    return json_response(found)
