"""The index and the health of the service."""

from fastapi import APIRouter

from api.dependencies import Models
from api.errors import ERROR_RESPONSES
from api.schemas import ChampionHealth, Health, Index
from wellhead import __version__

router = APIRouter(tags=["service"])

_ENDPOINTS = ["/health", "/v1/forecasts/{commodity}", "/openapi.json"]


@router.get("/")
def read_index() -> Index:
    """The name, the version and the endpoints of the service."""
    return Index(name="Wellhead", version=__version__, endpoints=_ENDPOINTS)


@router.get("/health", responses={503: ERROR_RESPONSES[503]})
def read_health(models: Models) -> Health:
    """Every champion that has a forecast; 503 if the database cannot be reached."""
    champions = [
        ChampionHealth(
            commodity=served.instrument.key,
            model=served.model,
            model_version=served.version,
            last_observed_at=served.last_observed_at.date(),
            age_days=served.age_days,
        )
        for served in models.champion_forecasts()
    ]
    return Health(status="ok", version=__version__, database="reachable", champions=champions)
