"""A loopback server whose answers come from a script or a function.

Recorded answers lie beside a development checkout and are never copied into it.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.paths import SHARED

KEY = "k3y+that/never=shows"  # with signs that a URL writes otherwise
SHOWN = "k3y"  # what betrays it, however it is written
RESPONSES = SHARED / "data" / "responses"


@dataclass(frozen=True)
class Answer:
    """One scripted answer; a `claimed` length above the body's is a transfer that breaks off."""

    body: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    claimed: int | None = None
    drip: float = 0.0
    """Seconds between the bytes of the body."""
    reset: bool = False
    """Whether the connection is reset behind the body."""

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass(frozen=True)
class Asked:
    """One request as the server received it."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


Respond = Callable[[Asked], Answer]


class Upstream:
    """The server: it answers from a script, then by a function; and it notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.extra: dict[str, Respond] = {}  # paths answered ahead of the script, not noted
        self.pauses: list[float] = []
        self._script: list[Answer] = []
        self._respond: Respond = lambda _: Answer("nothing is scripted", 404)
        self._stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def script(self, *answers: Answer) -> None:
        """Answer these first, one a request."""
        self._script.extend(answers)

    def serve(self, respond: Respond) -> None:
        """Answer by this function once the script has run out."""
        self._respond = respond

    def close(self) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                asked = Asked(parts.path, query, dict(self.headers))
                if asked.path in upstream.extra:
                    return upstream._send(self, upstream.extra[asked.path](asked))
                upstream.asked.append(asked)
                return upstream._send(self, upstream._next(asked))

            def log_message(self, format: str, *args: object) -> None:
                """A test's output is no server log."""

        return Handler

    def _next(self, asked: Asked) -> Answer:
        return self._script.pop(0) if self._script else self._respond(asked)

    def _send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        self._stopped.wait(answer.delay)
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        length = len(answer.content) if answer.claimed is None else answer.claimed
        handler.send_header("Content-Length", str(length))
        handler.end_headers()
        try:
            if not answer.drip:
                handler.wfile.write(answer.content)
            for byte in answer.content if answer.drip else b"":
                handler.wfile.write(bytes([byte]))
                self._stopped.wait(answer.drip)
        except OSError:
            return  # the client gave up waiting, as it should
        if answer.reset:
            linger = struct.pack("ii", 1, 0)  # closing resets the connection
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.close_connection = True
            handler.connection.close()


def recorded(name: str) -> Any:
    """A recorded answer of an upstream; skips where the development data is absent."""
    path = RESPONSES / name
    if not path.exists():
        pytest.skip(f"the recorded answer {name} is not beside this checkout")
    return json.loads(path.read_text(encoding="utf-8"))
