"""The application. `wellhead api` serves it, by `uvicorn api.main:create_app --factory`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware

from api.auth.guard import Guard
from api.auth.limits import Limiter
from api.auth.ring import KeyRing
from api.background import Background
from api.errors import handle_errors
from api.gateway.cache import CacheMiddleware, Responses
from api.gateway.logs import configure_logs
from api.gateway.metrics import Metrics
from api.gateway.observe import ObserveMiddleware
from api.gateway.protect import ProtectMiddleware
from api.routes import commodities, forecasts, health, keys, models, prices, quality
from wellhead import __version__
from wellhead.settings import get_settings

ROUTERS = (health, commodities, prices, forecasts, models, quality, keys)


def create_app() -> FastAPI:
    """A new application; it reads and opens nothing before its first request.

    FastAPI's pages /docs and /redoc load scripts from a CDN, so they are off; docs/api.md and
    /openapi.json describe the same.
    """
    settings = get_settings()
    configure_logs()
    metrics, kept = Metrics(), Responses()
    guard = Guard(KeyRing(), Limiter(settings.api_limit), is_local=settings.api_is_local)
    app = FastAPI(
        title="Wellhead",
        summary="Prices and forecasts of energy commodities, each with its provenance.",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        redirect_slashes=False,  # a redirect would repeat the Host header
        lifespan=_lifespan,
        middleware=[
            Middleware(ObserveMiddleware, metrics=metrics),
            Middleware(ProtectMiddleware, hosts=settings.api_host_names),
            Middleware(CacheMiddleware, responses=kept, guard=guard),
        ],
    )
    app.state.guard, app.state.metrics, app.state.responses = guard, metrics, kept
    handle_errors(app)
    for routes in ROUTERS:
        app.include_router(routes.router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    with Background(app.state.guard, app.state.responses):
        yield
