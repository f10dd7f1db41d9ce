"""Decides on each request: who calls, whether they may, and whether within their limit."""

from datetime import UTC, datetime
from typing import NamedTuple

from api.auth.limits import Limiter, Window
from api.auth.ring import KeyRing
from api.problems import Problem
from wellhead.workflows.access.keys import Scope

_OPEN = frozenset({Scope.READ, Scope.INFER})
_HOW = "Send it as `Authorization: Bearer KEY` or as `X-API-Key: KEY`."


class Caller(NamedTuple):
    """An application that was admitted, with the state of its limit."""

    application: str
    key_id: str
    window: Window


class Guard:
    """The decision for every route that is not public.

    `is_local`: the server listens on loopback alone. As long as no key exists, such a server
    serves everybody, except what needs the scope `admin`.
    """

    def __init__(self, ring: KeyRing, limiter: Limiter, *, is_local: bool) -> None:
        self.ring = ring
        self._limiter = limiter
        self._is_local = is_local
        self.last_used: dict[str, datetime] = {}

    async def admit(self, headers: list[tuple[bytes, bytes]], address: str, scope: Scope) -> Caller:
        """Admit a request, and count it. Raises Problem 401, 403 or 429."""
        text = _key_in(headers)
        if text is None and scope in _OPEN and self._is_local and await self.ring.is_empty():
            return await self._count("anonymous", "", f"address {address}")
        if text is None:
            raise _unauthorized("key_missing", f"This needs an API key. {_HOW}")
        key = await self.ring.find(text)
        if key is None:
            await self._count_wrong_key(address)
            key = await self.ring.find_new(text)
        moment = datetime.now(tz=UTC)
        if key is None:
            raise _unauthorized("key_unknown", "The API key is unknown.")
        if (state := key.state(moment)) != "active":
            await self._count_wrong_key(address)
            raise _unauthorized(f"key_{state}", f"The API key is {state}.")
        if scope not in key.scopes:
            raise Problem(
                403,
                "scope_missing",
                "Not allowed",
                f"Key {key.key_id} of {key.application} does not have scope {scope.value!r}.",
            )
        self.last_used[key.key_id] = moment
        return await self._count(key.application, key.key_id, f"key {key.key_id}")

    async def _count(self, application: str, key_id: str, counted: str) -> Caller:
        window = await self._limiter.count(counted)
        if window.within:
            return Caller(application, key_id, window)
        raise Problem(
            429,
            "rate_limited",
            "Too many requests",
            f"The limit is {window.limit} requests in a window; one more in {window.reset} s.",
            {**window.headers, "retry-after": str(max(1, window.reset))},
        )

    async def _count_wrong_key(self, address: str) -> None:
        if not await self._limiter.count_wrong_key(address):
            raise Problem(
                429,
                "too_many_wrong_keys",
                "Too many wrong keys",
                "Too many wrong keys came from this address. Wait a minute.",
                {"retry-after": "60"},
            )


def _unauthorized(code: str, detail: str) -> Problem:
    return Problem(401, code, "No valid key", detail, {"www-authenticate": "Bearer"})


def _key_in(headers: list[tuple[bytes, bytes]]) -> str | None:
    for name, value in headers:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return value[7:].strip().decode("latin-1")
        if name == b"x-api-key":
            return value.strip().decode("latin-1")
    return None
