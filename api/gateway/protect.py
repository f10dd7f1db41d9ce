"""Refuses hosts that are not ours and bodies that are too long; adds security headers."""

from collections.abc import Collection

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem_of
from api.problems import Problem

_BODY_LIMITS = {b"/v1/inference": 2 * 2**20}
_USUAL_LIMIT = 64 * 2**10
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


class ProtectMiddleware:
    """`hosts`: the names in the Host header under which this server may be called; `*` is any."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._any = "*" in hosts
        self._hosts = frozenset(host.lower().encode() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state, started = scope["state"], False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                own = message.get("headers", ())
                names = {name for name, _ in own}
                headers = [*own, *(each for each in _HEADERS if each[0] not in names)]
                headers.append((b"x-request-id", state["request_id"]))
                if (caller := state.get("caller")) is not None:
                    headers += caller.window.raw_headers
                message = {**message, "headers": headers}
            await send(message)

        try:
            self._require_host(scope)
            await self._app(scope, _Limited(scope, receive), send_with_headers)
        except Exception as error:
            problem = problem_of(error, state["request_id"].decode())
            if started:  # too late for another response: the server cuts this one
                raise
            state["problem"] = problem.code
            await problem.response()(scope, receive, send_with_headers)

    def _require_host(self, scope: Scope) -> None:
        if self._any:
            return
        named = next((value for name, value in scope["headers"] if name == b"host"), b"")
        name = named.rsplit(b":", 1)[0] if not named.endswith(b"]") else named
        if name.lower() not in self._hosts:
            raise Problem(
                400,
                "unknown_host",
                "Unknown host",
                "This server does not have the name in the Host header. Its operator sets "
                "WELLHEAD_API_HOSTS.",
            )


class _Limited:
    """`receive` that stops at the body limit, by the declared length or by what arrives."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._limit = _BODY_LIMITS.get(scope["raw_path"], _USUAL_LIMIT)
        self._received = 0
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > self._limit:
                raise _too_long()

    async def __call__(self) -> Message:
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._received > self._limit:
            raise _too_long()
        return message


def _too_long() -> HTTPException:
    """FastAPI passes this one on when it is raised while a body is read."""
    return HTTPException(413, headers={"connection": "close"})
