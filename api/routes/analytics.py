"""Analyses of the market as they were known at a moment, and the brief."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.auth.decisions import Requires
from api.dependencies import STORED_DATA, Analytics, Commodity, SourceName
from api.errors import responses
from api.routes.bodies import json_response
from api.schemas.analytics import (
    AnalysisList,
    AnomaliesAnswer,
    BriefAnswer,
    CorrelationAnswer,
    SeasonalityAnswer,
    VolatilityAnswer,
)
from api.schemas.inputs import Moment
from wellhead.workflows.access.keys import Scope
from wellhead.workflows.market.analysis import MARKET

router = APIRouter(
    prefix="/v1/analytics",
    tags=["analytics"],
    dependencies=[Depends(Requires(Scope.READ)), *STORED_DATA],
)

AsOf = Annotated[
    Moment | None,
    Query(description="What was known then, with a time zone. Default: now."),
]


@router.get("/brief", response_model=BriefAnswer, responses=responses(404))
def read_brief(analytics: Analytics, source: SourceName = None, as_of: AsOf = None) -> Response:
    """The market brief: at most six sentences, each with the numbers behind it."""
    return json_response(analytics.one_kind(BriefAnswer, MARKET, "brief", source, as_of))


@router.get("/{commodity}", response_model=AnalysisList, responses=responses(404))
def read_analyses(
    commodity: Commodity, analytics: Analytics, source: SourceName = None, as_of: AsOf = None
) -> Response:
    """The summaries of a commodity's analyses."""
    return json_response(analytics.all_kinds(commodity.key, source, as_of))


@router.get("/{commodity}/volatility", response_model=VolatilityAnswer, responses=responses(404))
def read_volatility(
    commodity: Commodity, analytics: Analytics, source: SourceName = None, as_of: AsOf = None
) -> Response:
    """Forecasts of volatility by horizon, the scores of their models, and value at risk."""
    asked = commodity.key, "volatility", source, as_of
    return json_response(analytics.one_kind(VolatilityAnswer, *asked))


@router.get("/{commodity}/correlation", response_model=CorrelationAnswer, responses=responses(404))
def read_correlation(
    commodity: Commodity, analytics: Analytics, source: SourceName = None, as_of: AsOf = None
) -> Response:
    """Correlations with other series, leads, changes of them, clusters, common trends."""
    asked = commodity.key, "correlation", source, as_of
    return json_response(analytics.one_kind(CorrelationAnswer, *asked))


@router.get("/{commodity}/seasonality", response_model=SeasonalityAnswer, responses=responses(404))
def read_seasonality(
    commodity: Commodity, analytics: Analytics, source: SourceName = None, as_of: AsOf = None
) -> Response:
    """The season of the price and whether one could have used it, and that of the stocks."""
    asked = commodity.key, "seasonality", source, as_of
    return json_response(analytics.one_kind(SeasonalityAnswer, *asked))


@router.get("/{commodity}/anomalies", response_model=AnomaliesAnswer, responses=responses(404))
def read_anomalies(
    commodity: Commodity, analytics: Analytics, source: SourceName = None, as_of: AsOf = None
) -> Response:
    """Unusual days, each with a reason and whether it was an event or an error."""
    asked = commodity.key, "anomalies", source, as_of
    return json_response(analytics.one_kind(AnomaliesAnswer, *asked))
