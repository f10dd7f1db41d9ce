"""The keys of the database in the memory of this process, a few seconds old at most."""

import asyncio
import time
from contextlib import suppress

import structlog

from wellhead.errors import WellheadError
from wellhead.workflows.access.keys import ApiKey, all_keys
from wellhead.workflows.access.pepper import pepper
from wellhead.workflows.access.tokens import LONGEST, digest, key_id_of

_log = structlog.get_logger("wellhead.api")

_REFRESH_AFTER = 1.5  # seconds, beside the requests
_TOO_OLD_AFTER = 4.0  # seconds; then a request waits for new ones: a revocation holds within 5
_AT_MOST_EVERY = 0.2  # seconds, for keys that are not known
_PATIENCE = 1.0  # seconds


class KeyRing:
    """Looks keys up. While the database is away, the keys that were known last are valid."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}
        self._pepper = b""
        self._asked_at: float | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def is_empty(self) -> bool:
        """Whether no key was ever made."""
        await self._require_new()
        return not self._keys

    async def find(self, text: str) -> ApiKey | None:
        """The key with this text; None if there is none, whatever its state."""
        if len(text) > LONGEST:
            return None
        if self._age > _REFRESH_AFTER:
            if key_id_of(text) is None:
                return None  # mistyped: it need not wait for the database
            await self._require_new()
        # Found by its digest: the time of a look-up says nothing about any key.
        return self._keys.get(digest(text, self._pepper))

    async def find_new(self, text: str) -> ApiKey | None:
        """The same among keys that are read after this call: the key may just have been made."""
        if key_id_of(text) is None:
            return None
        if self._next is None:
            self._next = asyncio.create_task(self._refresh_soon())
        await self._wait(self._next)
        return await self.find(text)

    def forget(self) -> None:
        """Ask the database again before the next look-up."""
        if self._asked_at is not None:
            self._asked_at = float("-inf")

    @property
    def _age(self) -> float:
        """Seconds since the database was asked; infinite before."""
        return time.monotonic() - (self._asked_at or float("-inf"))

    async def _require_new(self) -> None:
        age = self._age
        if age > _REFRESH_AFTER and (self._refreshing is None or self._refreshing.done()):
            self._refreshing = asyncio.create_task(self._refresh())
        if age > _TOO_OLD_AFTER and self._refreshing is not None:
            await self._wait(self._refreshing)

    async def _refresh_soon(self) -> None:
        await asyncio.sleep(_AT_MOST_EVERY - self._age)
        self._next = None  # who calls from now on waits for the next
        await self._refresh()

    async def _wait(self, refreshing: asyncio.Task[None]) -> None:
        """Wait for new keys; where there are old ones, not for a database that hangs."""
        patience = None if self._asked_at is None else _PATIENCE
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(refreshing), patience)

    async def _refresh(self) -> None:
        began = time.monotonic()
        try:
            keys, its_pepper = await asyncio.to_thread(_read)
            if self._asked_at is None or began > self._asked_at:  # else a later one was faster
                self._keys, self._pepper = keys, its_pepper
        except WellheadError as error:
            if self._asked_at is None:
                raise
            _log.warning("the keys could not be read again", error=type(error).__name__)
        self._asked_at = max(began, self._asked_at or began)


def _read() -> tuple[dict[str, ApiKey], bytes]:
    return {key.digest: key for key in all_keys()}, pepper()
