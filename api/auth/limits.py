"""Rate limits: a moving window for each key, and one for wrong keys of an address."""

import time
from typing import NamedTuple

from limits import RateLimitItem, WindowStats, aio, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.gateway.redis_client import SharedRedis


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
        self._item: RateLimitItem = parse(limit)
        self._wrong_keys: RateLimitItem = parse(wrong_keys)
        self._windows = MovingWindowRateLimiter(MemoryStorage())
        self._redis = redis
        self._shared = None if redis is None else _windows_in(redis)

    async def count(self, caller: str) -> Window:
        """Count a request of a caller, unless it is beyond the limit."""
        shared = await self._count_shared(self._item, caller)
        if shared is not None and not shared.within:
            return shared
        within = self._windows.hit(self._item, caller)
        own = _window(within, self._item, self._windows.get_window_stats(self._item, caller))
        return shared if shared is not None and own.within else own

    async def count_wrong_key(self, address: str) -> bool:
        """Count a wrong key from an address. Returns whether it was within the limit."""
        shared = await self._count_shared(self._wrong_keys, f"wrong key {address}")
        if shared is not None and not shared.within:
            return False
        return self._windows.hit(self._wrong_keys, f"wrong key {address}")

    async def _count_shared(self, item: RateLimitItem, caller: str) -> Window | None:
        """The same in Redis; None without an answer."""
        if self._redis is None or self._shared is None or self._redis.is_away:
            return None
        within = await self._redis.call(self._shared.hit(item, caller))
        if within is None:
            return None
        stats = await self._redis.call(self._shared.get_window_stats(item, caller))
        return None if stats is None else _window(within, item, stats)


def _windows_in(redis: SharedRedis) -> aio.strategies.MovingWindowRateLimiter:
    storage = aio.storage.RedisStorage(
        f"async+{redis.address}",
        implementation="redispy",
        key_prefix="wellhead:limits",
        connection_pool=redis.pool,  # type: ignore[arg-type]  # passed on to redis-py
    )
    return aio.strategies.MovingWindowRateLimiter(storage)


def _window(within: bool, item: RateLimitItem, stats: WindowStats) -> Window:
    reset = max(0, round(stats.reset_time - time.time()))
    return Window(within, item.amount, max(0, stats.remaining), reset)
