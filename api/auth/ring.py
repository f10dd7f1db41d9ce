"""The keys of the database in the memory of this process, a few seconds old at most."""

import asyncio
import time
from contextlib import suppress

import structlog

from wellhead.errors import WellheadError
from wellhead.workflows.access.keys import ApiKey, all_keys
from wellhead.workflows.access.pepper import pepper
from wellhead.workflows.access.tokens import digest, key_id_of

_log = structlog.get_logger("wellhead.api")

_REFRESH_AFTER = 1.5  # seconds, beside the requests
_TOO_OLD_AFTER = 4.0  # seconds; then a request waits for new ones: a revocation holds within 5
_PATIENCE = 1.0  # seconds


class KeyRing:
    """Looks keys up. While the database is away, the keys that were known last are valid."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}
        self._pepper = b""
        self._asked_at: float | None = None
        self._refreshing: asyncio.Task[None] | None = None

    async def is_empty(self) -> bool:
        """Whether no key was ever made."""
        await self._require_new()
        return not self._keys

    async def find(self, text: str) -> ApiKey | None:
        """The key with this text; None if there is none, whatever its state."""
        if key_id_of(text) is None:
            return None
        await self._require_new()
        # Found by its digest: the time of a look-up says nothing about any key.
        return self._keys.get(digest(text, self._pepper))

    def forget(self) -> None:
        """Ask the database again before the next look-up."""
        if self._asked_at is not None:
            self._asked_at = float("-inf")

    async def _require_new(self) -> None:
        age = time.monotonic() - (self._asked_at or float("-inf"))
        if age > _REFRESH_AFTER and (self._refreshing is None or self._refreshing.done()):
            self._refreshing = asyncio.create_task(self._refresh())
        if age > _TOO_OLD_AFTER and self._refreshing is not None:
            await self._wait(self._refreshing)

    async def _wait(self, refreshing: asyncio.Task[None]) -> None:
        """Wait for new keys; where there are old ones, not for a database that hangs."""
        patience = None if self._asked_at is None else _PATIENCE
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(refreshing), patience)

    async def _refresh(self) -> None:
        began = time.monotonic()
        try:
            self._keys, self._pepper = await asyncio.to_thread(_read)
        except WellheadError as error:
            if self._asked_at is None:
                raise
            _log.warning("the keys could not be read again", error=type(error).__name__)
        self._asked_at = began


def _read() -> tuple[dict[str, ApiKey], bytes]:
    return {key.digest: key for key in all_keys()}, pepper()
