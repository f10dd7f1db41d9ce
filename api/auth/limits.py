"""Rate limits: a moving window for each key, and one for wrong keys of an address."""

import time
from typing import NamedTuple

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_WRONG_KEYS = parse("20/minute")


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
    """The windows of this process."""

    def __init__(self, limit: str) -> None:
        self._item: RateLimitItem = parse(limit)
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    def count(self, caller: str) -> Window:
        """Count a request of a caller, unless it is beyond the limit."""
        within = self._windows.hit(self._item, caller)
        reset_at, remaining = self._windows.get_window_stats(self._item, caller)
        reset = max(0, round(reset_at - time.time()))
        return Window(within, self._item.amount, max(0, remaining), reset)

    def count_wrong_key(self, address: str) -> bool:
        """Count a wrong key from an address. Returns whether it was within the limit."""
        return self._windows.hit(_WRONG_KEYS, "wrong key", address)
