"""Gives each request an identifier, a line in the log and its place in the metrics."""

import os
import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.gateway.logs import write_request
from api.gateway.metrics import Metrics

_IDENTIFIER = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class ObserveMiddleware:
    """The outermost: what it measures is what the client waits for."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["state"] = {**scope.get("state", {}), "request_id": _identifier(scope)}
        began, status, length = time.perf_counter(), 500, 0

        async def send_noted(message: Message) -> None:
            nonlocal status, length
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                length += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        finally:
            self._note(scope, status, length, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, length: int, seconds: float) -> None:
        """Count a request that has ended, and write its line."""
        state = scope["state"]
        route = str(state.get("route") or getattr(scope.get("route"), "path", "none"))
        self._metrics.count(scope["method"], route, status, seconds, state.get("cache"))
        if (problem := state.get("problem")) is not None:
            self._metrics.note_problem(problem)
        caller = state.get("caller")
        write_request(
            request_id=state["request_id"].decode(),
            method=scope["method"],
            path=scope["path"][:200],
            status=status,
            milliseconds=round(1000 * seconds, 2),
            bytes=length,
            application=caller.application if caller else None,
            key=caller.key_id if caller else None,
            cache=state.get("cache"),
            problem=problem,
        )


def _identifier(scope: Scope) -> bytes:
    """The client's own identifier of the request, if it has a decent form; else a random one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _IDENTIFIER.fullmatch(value):
            return bytes(value)
    return os.urandom(8).hex().encode()
