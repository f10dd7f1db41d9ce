"""Forecasts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from api.errors import ERROR_ANSWERS
from api.schemas import ForecastAnswer
from api.services.model_service import ModelService, get_model_service
from wellhead.catalogue.targets import Target

router = APIRouter(prefix="/v1/forecasts", tags=["forecasts"])

Commodity = Annotated[str, Path(description="Key of the commodity, in any case.", examples=["WTI"])]
Days = Annotated[
    int | None,
    Query(
        ge=1, description="Rows: trading days (1 to 63, 30 by default) or months (1 to 13, all)."
    ),
]
Wanted = Annotated[
    Target,
    Query(description="Prices of coming sessions, or averages of months from the running one."),
]
Service = Annotated[ModelService, Depends(get_model_service)]


@router.get("/{commodity}", response_model=ForecastAnswer, responses=ERROR_ANSWERS)
def read_forecast(
    commodity: Commodity, service: Service, days: Days = None, target: Wanted = Target.DAILY
) -> Response:
    """The newest forecast of the commodity's champion, with its provenance."""
    answer = service.forecast_json(commodity, days, target)
    return Response(answer, media_type="application/json")
