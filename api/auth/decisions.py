"""The decision that every route carries: which scope it needs, or that it is public.

Both are dependencies of a router or a route. A test looks for one on every route.
"""

from dataclasses import dataclass

from fastapi import Request
from fastapi.routing import APIRoute

from wellhead.workflows.access.keys import Scope


@dataclass(frozen=True)
class Requires:
    """Admits callers with a scope. Raises Problem 401, 403 or 429."""

    scope: Scope

    async def __call__(self, request: Request) -> None:
        address = request.client.host if request.client else ""
        headers = request.scope["headers"]
        request.state.caller = await request.app.state.guard.admit(headers, address, self.scope)
        request.state.required = self.scope


async def public() -> None:
    """Admits everybody: the route shows nothing that is not on the project's own pages."""


def required_scope(route: APIRoute) -> Requires | None:
    """The decision of a route; None if it is public, or carries none."""
    calls = (dependency.call for dependency in route.dependant.dependencies)
    return next((call for call in calls if isinstance(call, Requires)), None)
