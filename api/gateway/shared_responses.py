"""Kept responses that the processes of the API share in Redis.

A process looks here before it asks its route. Every change of data gives the generation another
name; responses of other generations do not count.
"""

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from api.gateway.entries import FRESH_FOR, Entry, Key
from api.redis_client import SharedRedis
from wellhead.workflows.access.keys import Scope

_GENERATION = "wellhead:generation"
_LARGEST = 2**20  # bytes of a body; longer ones stay in the process that made them


class SharedResponses:
    """Reads and writes entries; without an answer of Redis there are none."""

    def __init__(self, redis: SharedRedis) -> None:
        self._redis = redis
        self._must_forget = False

    async def find(self, key: Key) -> tuple[Entry | None, str | None]:
        """The response of the present generation, if there is one, and the generation's name.

        Without an answer of Redis there is neither.
        """
        if self._must_forget:
            await self.forget()
        if self._must_forget or self._redis.is_away:
            return None, None
        found = await self._redis.call(self._redis.client.mget(_GENERATION, _name(key)))
        if found is None:
            return None, None
        generation, content = (_as_bytes(each) for each in found)
        return _read(content, generation.decode()), generation.decode()

    async def keep(self, key: Key, entry: Entry, generation: str | None) -> None:
        """Keep a response; `generation` is what `find` said before the response was made."""
        if generation is None or self._redis.is_away or len(entry.body) > _LARGEST:
            return
        left = int(FRESH_FOR - (time.monotonic() - entry.made_at))
        if left > 0:
            content = _written(entry, generation)
            await self._redis.call(self._redis.client.set(_name(key), content, ex=left))

    async def forget(self) -> None:
        """Data has changed. While Redis is away this is owed, and done before the next `find`."""
        self._must_forget = True
        if not self._redis.is_away:
            told = self._redis.client.set(_GENERATION, secrets.token_hex(8))
            self._must_forget = await self._redis.call(told) is None


def _name(key: Key) -> bytes:
    return b"wellhead:response:" + b"?".join(key)


def _written(entry: Entry, generation: str) -> bytes:
    """A line of JSON, then the body."""
    head = {
        "generation": generation,
        "etag": entry.etag.decode(),
        "required": entry.required.value,
        "route": entry.route,
        "at": time.time() - (time.monotonic() - entry.made_at),
        "headers": [[each.decode("latin-1") for each in header] for header in entry.headers],
    }
    return json.dumps(head).encode() + b"\n" + entry.body


def _as_bytes(value: bytes | str | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""


def _read(content: bytes, generation: str) -> Entry | None:
    if not content:
        return None
    line, _, body = content.partition(b"\n")
    try:
        head: Mapping[str, Any] = json.loads(line)
        if head["generation"] != generation:
            return None
        return Entry(
            body,
            [(name.encode("latin-1"), value.encode("latin-1")) for name, value in head["headers"]],
            head["etag"].encode(),
            Scope(head["required"]),
            head["route"],
            time.monotonic() - max(0.0, time.time() - head["at"]),
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        return None  # of another version of the API
