"""The application. `wellhead api` serves it (api/server.py)."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware import Middleware

from api.auth.guard import Guard
from api.auth.limits import Limiter
from api.auth.ring import KeyRing
from api.background import Background
from api.errors import handle_errors
from api.gateway.cache import CacheMiddleware
from api.gateway.cors import cors
from api.gateway.entries import Responses
from api.gateway.logs import configure_logs
from api.gateway.metrics import Metrics
from api.gateway.observe import ObserveMiddleware
from api.gateway.protect import ProtectMiddleware
from api.gateway.shared_responses import SharedResponses
from api.openapi import complete_document
from api.redis_client import SharedRedis
from api.routes import (
    analytics,
    commodities,
    forecasts,
    health,
    inference,
    keys,
    models,
    pages,
    prices,
    quality,
)
from api.services.worker import Worker
from wellhead import __version__
from wellhead.settings import Settings, get_settings

ROUTERS = (
    health,
    commodities,
    prices,
    forecasts,
    inference,
    models,
    analytics,
    quality,
    keys,
    pages,
)


def create_app() -> FastAPI:
    """A new application; it reads and opens nothing before its first request."""
    settings = get_settings()
    configure_logs()
    app = FastAPI(
        title="Wellhead",
        summary="Prices and forecasts of energy commodities, each with its provenance.",
        version=__version__,
        docs_url=None,  # FastAPI's own pages load scripts from a CDN: see api/routes/pages.py
        redoc_url=None,
        telemetry=_telemetry(),
        redirect_slashes=False,  # a redirect would repeat the Host header
        lifespan=_lifespan,
    )
    _add_parts(app, settings)
    handle_errors(app)
    for routes in ROUTERS:
        app.include_router(routes.router)
    app.state.routes = [route for each in ROUTERS for route in each.router.routes]
    complete_document(app, app.state.routes)
    return app


def _add_parts(app: FastAPI, settings: Settings) -> None:
    """What requests share, and the middleware, outermost first."""
    redis = SharedRedis(settings.redis_url.get_secret_value()) if settings.redis_url else None
    shared = None if redis is None else SharedResponses(redis)
    limiter = Limiter(settings.api_limit, settings.api_wrong_keys, redis)
    guard = Guard(KeyRing(), limiter, is_local=settings.api_is_local)
    metrics, kept = Metrics(), Responses()
    app.user_middleware = [
        Middleware(ObserveMiddleware, metrics=metrics),
        Middleware(ProtectMiddleware, hosts=settings.api_host_names),
        *cors(settings.api_origin_names),
        Middleware(CacheMiddleware, responses=kept, shared=shared, guard=guard),
    ]
    app.state.guard, app.state.metrics, app.state.redis = guard, metrics, redis
    app.state.responses, app.state.shared_responses = kept, shared
    app.state.worker = Worker(settings.api_inference_seconds)


def _telemetry() -> TelemetryConfig:
    """Traces to an OpenTelemetry collector, where its standard variables name one."""
    traces = any(os.environ.get(f"OTEL_EXPORTER_OTLP_{name}ENDPOINT") for name in ("", "TRACES_"))
    os.environ.setdefault("OTEL_SERVICE_NAME", "wellhead-api")
    return {"tracing": traces, "auto_configure": traces, "metrics": False, "logs": False}


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state = app.state
    try:
        with Background(state.guard, state.responses, state.shared_responses):
            yield
    finally:
        state.worker.close()
        if state.redis is not None:
            await state.redis.close()
