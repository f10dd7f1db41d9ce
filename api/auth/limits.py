"""Rate limits: a moving window for each key, and one for wrong keys of an address."""

import time
from collections.abc import Awaitable
from math import ceil
from typing import NamedTuple

from limits import RateLimitItem, aio, parse

from api.auth.windows import MovingWindows
from api.redis_client import SharedRedis


class Window(NamedTuple):
    """The limit of a caller after a request: whether it was within, and what is left."""

    within: bool
    limit: int
    remaining: int
    reset: int
    """Seconds until a request leaves the window."""

    @property
    def headers(self) -> dict[str, str]:
        """The fields of the IETF draft `RateLimit header fields for HTTP`."""
        return {name.decode(): value.decode() for name, value in self.raw_headers}

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The same as bytes."""
        return [
            (b"ratelimit-limit", b"%d" % self.limit),
            (b"ratelimit-remaining", b"%d" % self.remaining),
            (b"ratelimit-reset", b"%d" % self.reset),
        ]


class Limiter:
    """The windows of this process, and with Redis those of all processes.

    A request is counted in Redis and then in this process, and has to be within the limit of both.
    So while Redis is away, or after it lost its memory, each process holds the limit by itself.
    """

    def __init__(self, limit: str, wrong_keys: str, redis: SharedRedis | None = None) -> None:
        self._requests = _Limit(limit, redis)
        self._wrong_keys = _Limit(wrong_keys, redis)

    def count(self, caller: str) -> Awaitable[Window]:
        """Count a request of a caller, unless it is beyond the limit."""
        return self._requests.count(caller)

    async def count_wrong_key(self, address: str) -> bool:
        """Count a wrong key from an address. Returns whether it was within the limit."""
        return (await self._wrong_keys.count(f"wrong key {address}")).within


class _Limit:
    """One limit, written as `600/minute`."""

    def __init__(self, limit: str, redis: SharedRedis | None) -> None:
        self._item: RateLimitItem = parse(limit)
        self._own = MovingWindows(self._item.amount, self._item.get_expiry())
        self._redis = redis
        self._shared = None if redis is None else _windows_in(redis)

    async def count(self, caller: str) -> Window:
        if self._redis is None:
            return self._count_here(caller)
        shared = await self._count_shared(self._redis, caller)
        if shared is not None and not shared.within:
            return shared
        own = self._count_here(caller)
        return shared if shared is not None and own.within else own

    def _count_here(self, caller: str) -> Window:
        within, remaining, seconds = self._own.hit(caller)
        return Window(within, self._item.amount, remaining, ceil(seconds))

    async def _count_shared(self, redis: SharedRedis, caller: str) -> Window | None:
        """The same in Redis; None without an answer."""
        if redis.is_away or self._shared is None:
            return None
        within = await redis.call(self._shared.hit(self._item, caller))
        if within is None:
            return None
        stats = await redis.call(self._shared.get_window_stats(self._item, caller))
        if stats is None:
            return None
        reset = max(0, ceil(stats.reset_time - time.time()))
        return Window(within, self._item.amount, max(0, stats.remaining), reset)


def _windows_in(redis: SharedRedis) -> aio.strategies.MovingWindowRateLimiter:
    storage = aio.storage.RedisStorage(
        f"async+{redis.address}",
        implementation="redispy",
        key_prefix="wellhead:limits",
        connection_pool=redis.pool,  # type: ignore[arg-type]  # passed on to redis-py
    )
    return aio.strategies.MovingWindowRateLimiter(storage)
