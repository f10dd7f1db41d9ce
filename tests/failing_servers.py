"""Servers on a loopback port that fail: real ones, each in its own way."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

WAYS = ("refuses", "closes", "answers 500")
"""How a server may fail: nothing listens, it closes each connection, or it answers with 500."""


class FailingServer(ThreadingHTTPServer):
    """Fails every request but those to a path that holds `except_for`.

    `authority` is its host and port; `credentials` are the Authorization headers it was sent.
    """

    def __init__(self, way: str, except_for: str | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.way, self.except_for, self.credentials = way, except_for, set[str]()
        self.authority = f"127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: FailingServer
    timeout = 0.5  # then it closes the connection: a client of PostgreSQL waits for a greeting

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.credentials.add(self.headers.get("Authorization", ""))
        if self.server.except_for and self.server.except_for in self.path:
            self._answer(200, "{}")
        elif self.server.way == "answers 500":  # and repeats the request, as EIA does
            self._answer(500, f"failed: http://{self.headers['Host']}{self.path}")
        else:
            self.close_connection = True

    do_POST = do_GET

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Nothing: a test's output is what the program under test prints."""


@contextmanager
def failing_server(way: str, except_for: str | None = None) -> Iterator[FailingServer]:
    """A server that fails in one of WAYS."""
    server = FailingServer(way, except_for)
    if way == "refuses":
        server.server_close()
        yield server
        return
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
