"""The index, the health of the service, and its metrics."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.auth.decisions import Requires, public
from api.errors import responses
from api.routes.bodies import json_response
from api.schemas.service import ChampionHealth, Health, Index, Readiness
from api.services.health_service import cache_check, readiness
from wellhead import __version__
from wellhead.workflows.access.keys import Scope
from wellhead.workflows.forecasting.serving import champion_forecasts

router = APIRouter(tags=["service"])


@router.get("/", dependencies=[Depends(public)])
def read_index(request: Request) -> Index:
    """The name, the version and the endpoints of the service."""
    paths = sorted(request.app.openapi()["paths"])
    return Index(name="Wellhead", version=__version__, endpoints=[*paths[1:], "/openapi.json"])


@router.get("/health/live", dependencies=[Depends(public)])
def read_live() -> dict[str, str]:
    """Whether the process answers. It asks nothing else."""
    return {"status": "ok"}


@router.get(
    "/health/ready",
    dependencies=[Depends(public)],
    response_model=Readiness,
    responses={503: {"model": Readiness}},
)
async def read_ready(request: Request) -> Response:
    """Whether it can answer with data; 503 names what is amiss."""
    found = await run_in_threadpool(readiness)
    found.checks.append(await cache_check(request.app.state.redis))
    return json_response(found, 200 if found.ready else 503)


@router.get("/health", dependencies=[Depends(Requires(Scope.READ))], responses=responses())
def read_health() -> Health:
    """Every champion that has a forecast; 503 if the database cannot be reached."""
    champions = [
        ChampionHealth(
            commodity=served.instrument.key,
            model=served.model,
            model_version=served.version,
            last_observed_at=served.last_observed_at.date(),
            age_days=served.age_days,
            is_stale=served.is_stale,
        )
        for served in champion_forecasts()
    ]
    return Health(status="ok", version=__version__, database="reachable", champions=champions)


@router.get(
    "/metrics",
    dependencies=[Depends(Requires(Scope.READ))],
    response_class=Response,
    responses=responses(),
)
def read_metrics(request: Request) -> Response:
    """The metrics of this process, in the text format of Prometheus."""
    content = request.app.state.metrics.text()
    return Response(content, media_type="text/plain; version=0.0.4; charset=utf-8")
