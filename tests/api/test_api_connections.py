"""Connections that send nothing, or a request that never ends, are cut."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from uvicorn.config import Config

from api import server
from api.server import PatientProtocol
from tests.api.serving import free_port

WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def app(scope: dict, receive, send) -> None:
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await asyncio.sleep(float(scope["query_string"] or 0))
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(server, "_REQUEST_SECONDS", 1.0)
    with _running(free_port()) as port:
        yield "127.0.0.1", port


@contextmanager
def _running(port: int) -> Iterator[int]:
    config = Config(app, port=port, http=PatientProtocol, lifespan="off", log_config=None)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield port
    running.should_exit = True
    thread.join(20)


def seconds_until_cut(connection: socket.socket) -> float:
    began = time.monotonic()
    connection.settimeout(10)
    try:
        while connection.recv(1000):
            pass
    except ConnectionResetError:
        pass
    return time.monotonic() - began


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTT",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
    ],
)
def test_a_request_that_does_not_end_is_cut(address: tuple[str, int], sent: bytes) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(sent)
        assert 0.5 < seconds_until_cut(connection) < 5


def test_a_request_byte_by_byte_is_cut(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as connection:
        began = time.monotonic()
        connection.sendall(b"GET / HTTP/1.1\r\nX-Long: ")
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
            for _ in range(100):
                connection.sendall(b"a")
                time.sleep(0.1)
        assert time.monotonic() - began < 8


def test_a_slow_response_is_not_cut(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(WHOLE.replace(b"/ ", b"/?2 "))
        connection.settimeout(10)
        assert connection.recv(100).startswith(b"HTTP/1.1 204")


def test_a_connection_serves_request_after_request(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as connection:
        connection.settimeout(10)
        for _ in range(6):
            connection.sendall(WHOLE)
            assert connection.recv(1000).startswith(b"HTTP/1.1 204")
            time.sleep(0.4)  # in all longer than one request may take
