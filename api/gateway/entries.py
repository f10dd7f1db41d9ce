"""The kept responses of a process."""

import time
from collections import OrderedDict
from dataclasses import dataclass

from wellhead.workflows.access import keys

FRESH_FOR = 60.0  # seconds: ages and flags in a body change with time
_STALE_FOR = 24 * 3600.0
_KEPT_BYTES = 64 * 2**20
_BYTES_BESIDE_THE_BODY = 1_500  # of an entry, about

Key = tuple[bytes, bytes]
"""Path and query, as they were sent."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept response: its body, its headers, and the scope that its route requires."""

    body: bytes
    headers: list[tuple[bytes, bytes]]
    etag: bytes
    required: keys.Scope
    route: str
    made_at: float
    """By the monotonic clock."""

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return len(self.body) + _BYTES_BESIDE_THE_BODY


class Responses:
    """The kept responses of this process; the least recently used go first."""

    def __init__(self) -> None:
        self._entries: OrderedDict[Key, tuple[Entry, int]] = OrderedDict()
        self._bytes = 0
        self.generation = 0

    def forget(self) -> None:
        """Data has changed: what is kept is only good for when a route fails."""
        self.generation += 1

    def find(self, key: Key) -> Entry | None:
        """The response that is kept, fresh or not, up to a day old."""
        entry, _ = self._entries.get(key, (None, 0))
        if entry is None or time.monotonic() - entry.made_at > _STALE_FOR:
            return None
        self._entries.move_to_end(key)
        return entry

    def fresh(self, key: Key) -> Entry | None:
        """The response, if it is what the route would say."""
        entry = self.find(key)
        if entry is None or self._entries[key][1] != self.generation:
            return None
        return entry if time.monotonic() - entry.made_at <= FRESH_FOR else None

    def keep(self, key: Key, entry: Entry, generation: int) -> None:
        """Keep a response in place of the one before; `generation` is that before it was made."""
        if (old := self._entries.pop(key, None)) is not None:
            self._bytes -= old[0].size
        self._entries[key] = entry, generation
        self._bytes += entry.size
        while self._bytes > _KEPT_BYTES:
            self._bytes -= self._entries.popitem(last=False)[1][0].size
