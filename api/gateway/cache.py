"""Keeps responses as bytes, and answers repeated requests with them.

A route that sets `request.state.cacheable` is kept for at most a minute, and until data changes.
Of several equal requests at a time only one reaches the route. If the route fails, the last good
response is sent, marked as stale. A kept response is sent only to callers that its route admits.
"""

import asyncio
import time
from hashlib import sha256

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.guard import Guard
from api.errors import problem_of
from api.gateway.entries import Entry, Key, Responses
from api.gateway.shared_responses import SharedResponses
from api.problems import Problem
from wellhead.workflows.access import keys


class CacheMiddleware:
    """Answers GET requests under /v1/ from the kept responses."""

    def __init__(
        self, app: ASGIApp, responses: Responses, shared: SharedResponses | None, guard: Guard
    ) -> None:
        self._app = app
        self._responses = responses
        self._shared = shared
        self._guard = guard
        self._flights: dict[Key, asyncio.Future[None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"][:4] != "/v1/":
            await self._app(scope, receive, send)
            return
        key = (scope["raw_path"], scope["query_string"])
        entry = self._responses.fresh(key)
        if entry is None and key in self._flights:
            await self._flights[key]
            entry = self._responses.fresh(key)
        if entry is not None:
            await self._admit_and_answer(entry, scope, receive, send)
        elif key in self._flights:
            await self._app(scope, receive, send)  # the request before it was not answered
        else:
            await self._fly(key, scope, receive, send)

    async def _admit_and_answer(
        self, entry: Entry, scope: Scope, receive: Receive, send: Send
    ) -> None:
        state, client = scope["state"], scope["client"]
        state["route"] = entry.route
        try:
            address = client[0] if client else ""
            state["caller"] = await self._guard.admit(scope["headers"], address, entry.required)
        except Problem as problem:
            state["problem"] = problem.code
            await problem.response()(scope, receive, send)
            return
        state["cache"] = "hit"
        await _answer(entry, scope, send)

    async def _fly(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask Redis, then the route; equal requests wait meanwhile."""
        flight = self._flights[key] = asyncio.get_running_loop().create_future()
        generation = self._responses.generation
        try:
            entry, shared_generation = await self._find_shared(key)
            if entry is not None:
                self._responses.keep(key, entry, generation)
                await self._admit_and_answer(entry, scope, receive, send)
                return
            entry = await self._ask_route(key, scope, receive, send)
            if entry is not None:
                self._responses.keep(key, entry, generation)
                if self._shared is not None:
                    await self._shared.keep(key, entry, shared_generation)
        finally:
            del self._flights[key]
            flight.set_result(None)

    async def _find_shared(self, key: Key) -> tuple[Entry | None, str | None]:
        return (None, None) if self._shared is None else await self._shared.find(key)

    async def _ask_route(
        self, key: Key, scope: Scope, receive: Receive, send: Send
    ) -> Entry | None:
        """Send the route's response on. Returns it if it may be kept."""
        capture = _Capture(scope, send, self._responses.find(key))
        try:
            await self._app(scope, receive, capture)
        except Exception as error:
            if not await capture.replace_failure():
                raise
            problem_of(error, scope["state"]["request_id"].decode())  # for the log
        return capture.entry


class _Capture:
    """Sends a response on and keeps it, or sends the stale one in place of a failure."""

    def __init__(self, scope: Scope, send: Send, stale: Entry | None) -> None:
        self._scope = scope
        self._send = send
        self._stale = stale
        self._start: Message | None = None
        self._body = bytearray()
        self._has_begun = False
        self.entry: Entry | None = None

    async def __call__(self, message: Message) -> None:
        state = self._scope["state"]
        if message["type"] == "http.response.start":
            self._has_begun = True
            is_failure = message["status"] >= 500 and self._stale is not None and "caller" in state
            is_kept = message["status"] == 200 and state.get("cacheable", False)
            self._start = message if is_failure or is_kept else None
        if self._start is None:
            await self._send(message)
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)

    async def replace_failure(self) -> bool:
        """Send the stale response in place of one that never began. Returns whether it could."""
        state = self._scope["state"]
        if self._stale is None or self._has_begun or "caller" not in state:
            return False
        state["cache"] = "stale"
        await _answer(self._stale, self._scope, self._send)
        return True

    async def _finish(self, start: Message) -> None:
        state = self._scope["state"]
        state["cache"] = "miss"
        if start["status"] == 200:
            route = getattr(self._scope.get("route"), "path", "")
            self.entry = _entry(bytes(self._body), start, state["required"], route)
            await _answer(self.entry, self._scope, self._send)
        elif self._stale is not None:
            state["cache"] = "stale"
            await _answer(self._stale, self._scope, self._send)


def _entry(body: bytes, start: Message, required: keys.Scope, route: str) -> Entry:
    etag = b'"' + sha256(body).hexdigest()[:32].encode() + b'"'
    headers = [
        *((name, value) for name, value in start["headers"] if name != b"cache-control"),
        (b"cache-control", b"private, no-cache"),
        (b"etag", etag),
    ]
    return Entry(body, headers, etag, required, route, time.monotonic())


async def _answer(entry: Entry, scope: Scope, send: Send) -> None:
    status = (
        b"wellhead; "
        + {"hit": b"hit", "miss": b"fwd=miss", "stale": b"hit; ttl=-1"}[scope["state"]["cache"]]
    )
    headers = [*entry.headers, (b"cache-status", status)]
    if _is_known(entry.etag, scope["headers"]):
        kept = [each for each in headers if each[0] not in (b"content-length", b"content-type")]
        await send({"type": "http.response.start", "status": 304, "headers": kept})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": entry.body})


def _is_known(etag: bytes, headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether the client says that it has this response (RFC 9110, 13.1.2)."""
    for name, value in headers:
        if name == b"if-none-match":
            named = [each.strip().removeprefix(b"W/") for each in value.split(b",")]
            return etag in named or named == [b"*"]
    return False
