"""The server: one process or several that answer, TLS, and connections that send nothing."""

import asyncio
import os
import tempfile
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.gateway.metrics import SEVERAL_PROCESSES
from wellhead.settings import Settings

_REQUEST_SECONDS = 20.0  # for a client to send a request whole
_LAST_SECONDS = 0.5  # between the end of the server and that of its idle connections
_IDLE_SECONDS = 15  # of a connection between two requests


def serve(settings: Settings, *, reload: bool = False) -> None:
    """Serve until a signal ends it. `reload`: start again when the code changes, in one process."""
    with tempfile.TemporaryDirectory(prefix="wellhead-api-") as folder:
        if settings.api_workers > 1 and not reload:
            os.environ[SEVERAL_PROCESSES] = folder
        uvicorn.run("api.main:create_app", **_options(settings, reload=reload))


def _options(settings: Settings, *, reload: bool) -> dict[str, Any]:
    key, certificate = settings.api_certificate_key, settings.api_certificate
    return {
        "factory": True,
        "host": settings.api_host,
        "port": settings.api_port,
        "workers": None if reload else settings.api_workers,
        "reload": reload,
        "reload_dirs": [str(settings.home / "api"), str(settings.home / "src")] if reload else None,
        "ssl_keyfile": str(key) if key else None,
        "ssl_certfile": str(certificate) if certificate else None,
        "loop": "uvloop",
        "http": PatientProtocol,
        "ws": "none",
        "access_log": False,  # the application writes a line a request
        "log_config": None,
        "server_header": False,
        "proxy_headers": bool(settings.api_proxies),
        "forwarded_allow_ips": settings.api_proxies,
        "timeout_keep_alive": _IDLE_SECONDS,
        "timeout_graceful_shutdown": 20,
        "timeout_worker_healthcheck": 60,  # a busy machine takes long to import
    }


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol with time limits: for a request to arrive, and for a connection to end.

    uvicorn itself waits for ever for a request that never comes, or comes byte by byte, and cuts
    idle connections at the end though a request may be on its way. Written
    for uvicorn 0.54; tests/api/test_api_connections.py says when it no longer fits.
    """

    _waiting: asyncio.TimerHandle | None = None
    _is_ending = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._waiting is None:
            self._wait()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """End, but answer a request that is on its way: the client cannot know that it is late."""
        if self.cycle is None or self.cycle.response_complete:
            self._is_ending = True
            self.loop.call_later(_LAST_SECONDS, self._end_if_idle)
        else:
            super().shutdown()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self._is_ending:
            self.cycle.keep_alive = False

    def _end_if_idle(self) -> None:
        super().shutdown()

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(_REQUEST_SECONDS, self._cut)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _cut(self) -> None:
        """Close without waiting for what the client has not read either."""
        self._waiting = None
        self.transport.abort()
