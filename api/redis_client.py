"""Redis, shared by the processes of the API, which never holds a request up.

After a failure it is left alone for a moment, in which each process goes on by itself.
"""

import time
from collections.abc import Awaitable
from typing import TypeVar

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

_log = structlog.get_logger("wellhead.api")

_PATIENCE = 0.25  # seconds for a connection, and for an answer
_PAUSE = 2.0  # seconds after a failure
_CONNECTIONS = 32

_R = TypeVar("_R")


class SharedRedis:
    """A pool of connections to one Redis; `call` asks it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.pool = BlockingConnectionPool.from_url(
            address,
            max_connections=_CONNECTIONS,
            timeout=_PATIENCE,
            socket_timeout=_PATIENCE,
            socket_connect_timeout=_PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )
        self.client = Redis(connection_pool=self.pool)
        self._pause_until = 0.0

    @property
    def is_away(self) -> bool:
        """Whether it failed a moment ago."""
        return time.monotonic() < self._pause_until

    async def call(self, asked: Awaitable[_R]) -> _R | None:
        """The answer of Redis; None if it gives none in time. Call it only if not `is_away`."""
        try:
            return await asked
        except (RedisError, OSError) as error:
            if not self.is_away:
                _log.warning("redis does not answer", error=type(error).__name__)
            self._pause_until = time.monotonic() + _PAUSE
            return None

    async def answers(self) -> bool:
        """Ask it now."""
        return not self.is_away and await self.call(self.client.ping()) is not None

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose(close_connection_pool=True)
