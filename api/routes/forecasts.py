"""Forecasts."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.dependencies import Commodity, Models
from api.errors import ERROR_RESPONSES
from api.schemas import ForecastAnswer
from wellhead.catalogue.targets import Target

router = APIRouter(prefix="/v1/forecasts", tags=["forecasts"])

Days = Annotated[
    int | None,
    Query(
        ge=1, description="Rows: trading days (1 to 63, 30 by default) or months (1 to 13, all)."
    ),
]
TargetName = Annotated[
    Target,
    Query(description="Prices of coming sessions, or averages of months from the current one."),
]


@router.get("/{commodity}", response_model=ForecastAnswer, responses=ERROR_RESPONSES)
def read_forecast(
    commodity: Commodity, models: Models, days: Days = None, target: TargetName = Target.DAILY
) -> Response:
    """The newest forecast of the commodity's champion, with its provenance."""
    content = models.forecast_json(commodity, target, days)
    return Response(content, media_type="application/json")
