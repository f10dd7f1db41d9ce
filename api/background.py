"""What goes on beside the requests: hear of changes, and store when keys were used."""

import asyncio
import threading

import structlog

from api.auth.guard import Guard
from api.gateway.entries import Responses
from api.gateway.shared_responses import SharedResponses
from wellhead.database.serving.api_keys import note_uses
from wellhead.database.serving.changes import changes
from wellhead.errors import WellheadError

_log = structlog.get_logger("wellhead.api")

_PAUSE = 2.0  # seconds after a failure
_STORE_USES_EVERY = 30.0  # seconds


class Background:
    """Two threads for the life of the application. A database that is away only delays them."""

    def __init__(self, guard: Guard, responses: Responses, shared: SharedResponses | None) -> None:
        self._guard = guard
        self._responses = responses
        self._shared = shared
        self._forgetting: set[asyncio.Future[None]] = set()  # or nothing would hold them
        self._stopped = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._threads = [
            threading.Thread(target=run, daemon=True) for run in (self._listen, self._store_uses)
        ]

    def __enter__(self) -> None:
        self._loop = asyncio.get_running_loop()
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(timeout=3)
        self._store()

    def _listen(self) -> None:
        while not self._stopped.is_set():
            try:
                for table in changes(self._stopped):
                    self._in_loop(table)
            except WellheadError as error:
                _log.warning("does not hear of changes", error=type(error).__name__)
                self._stopped.wait(_PAUSE)

    def _in_loop(self, table: str) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._forget, table)

    def _forget(self, table: str) -> None:
        if table == "api_keys":
            self._guard.ring.forget()
            return
        self._responses.forget()
        if self._shared is not None:
            forgetting = asyncio.ensure_future(self._shared.forget())
            self._forgetting.add(forgetting)
            forgetting.add_done_callback(self._forgetting.discard)

    def _store_uses(self) -> None:
        while not self._stopped.wait(_STORE_USES_EVERY):
            self._store()

    def _store(self) -> None:
        uses, self._guard.last_used = self._guard.last_used, {}
        try:
            note_uses(uses)
        except WellheadError as error:
            self._guard.last_used = {**uses, **self._guard.last_used}
            _log.warning("the last uses of keys are not stored yet", error=type(error).__name__)
