"""The OpenAPI document: what FastAPI makes of the routes, their keys, and the type of problems."""

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from api.auth.decisions import required_scope
from api.problems import MEDIA_TYPE

_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key of Wellhead."},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def complete_document(app: FastAPI, routes: Iterable[BaseRoute]) -> None:
    """Have the document of `app`, when it is made, say what FastAPI does not know of `routes`."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        is_new = app.openapi_schema is None
        document = made()
        if is_new:
            document.setdefault("components", {})["securitySchemes"] = _SCHEMES
            for route in routes:
                if isinstance(route, APIRoute) and route.include_in_schema:
                    path = document["paths"][route.path]
                    for method in route.methods or ():
                        _complete(path[method.lower()], route)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI's manual names


def _complete(operation: dict[str, Any], route: APIRoute) -> None:
    if (required := required_scope(route)) is not None:
        operation["security"] = [{name: []} for name in _SCHEMES]
        scope = f"Needs a key with the scope `{required.scope.value}`."
        operation["description"] = f"{operation.get('description', '')}\n\n{scope}".strip()
    for answer in operation["responses"].values():
        content = answer.get("content", {})
        if MEDIA_TYPE in content:  # FastAPI puts the schema of every body under application/json
            content[MEDIA_TYPE] = content.pop("application/json")
