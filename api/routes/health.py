"""The index and the health of the service."""

from fastapi import APIRouter

from api.errors import ERROR_ANSWERS
from api.routes.forecasts import Service
from api.schemas import ChampionHealth, Health, Index
from wellhead import __version__

router = APIRouter(tags=["service"])

_ENDPOINTS = ["/health", "/v1/forecasts/{commodity}", "/openapi.json"]


@router.get("/")
def read_index() -> Index:
    """What there is to ask for."""
    return Index(name="Wellhead", version=__version__, endpoints=_ENDPOINTS)


@router.get("/health", responses={503: ERROR_ANSWERS[503]})
def read_health(service: Service) -> Health:
    """Whether the database answers, and every champion that does; 503 when it does not."""
    found = [
        ChampionHealth(
            commodity=served.commodity,
            model=served.model,
            model_version=served.version,
            last_observed_at=served.last_observed_at.date(),
            age_days=served.age_days,
        )
        for served in service.champions()
    ]
    return Health(status="ok", version=__version__, database="reachable", champions=found)
