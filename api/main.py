"""The application. `uvicorn api.main:create_app --factory` serves it."""

from fastapi import FastAPI

from api.errors import handle_errors
from api.routes import forecasts, health
from wellhead import __version__


def create_app() -> FastAPI:
    """A new application; it reads and opens nothing before its first request.

    FastAPI's pages /docs and /redoc load scripts from a CDN, so they are off; docs/api.md and
    /openapi.json describe the same.
    """
    app = FastAPI(
        title="Wellhead",
        summary="Forecasts of energy-commodity prices, each with its provenance.",
        version=__version__,
        docs_url=None,
        redoc_url=None,
    )
    handle_errors(app)
    app.include_router(health.router)
    app.include_router(forecasts.router)
    return app
