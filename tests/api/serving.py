"""Starts the API as a user does, over TCP on loopback."""

import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("wellhead")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """A running `wellhead api`, its address, and the file of its error channel."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path
    trusted: ssl.SSLContext | None
    """With its certificate; None without TLS."""

    @property
    def said(self) -> list[str]:
        return self.log.read_text().splitlines()


@contextmanager
def served(settings: dict[str, str], *options: str) -> Iterator[Server]:
    """A server that answers, until the block ends."""
    port = free_port()
    with tempfile.NamedTemporaryFile(suffix=".log") as log:  # a pipe would fill, and block it
        process = subprocess.Popen(
            [PROGRAM, "api", *options],
            env={**os.environ, **settings, "WELLHEAD_API_PORT": str(port)},
            stderr=log,
        )
        certificate = settings.get("WELLHEAD_API_CERTIFICATE")
        scheme = "https" if certificate else "http"
        trusted = ssl.create_default_context(cafile=certificate) if certificate else None
        server = Server(process, f"{scheme}://127.0.0.1:{port}", Path(log.name), trusted)
        try:
            _wait_for(server)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def answered(url: str, trusted: ssl.SSLContext | None = None, **headers: str) -> int:
    """The status of the response; OSError without one."""
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request, timeout=20, context=trusted) as response:  # noqa: S310
            return int(response.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def _wait_for(server: Server) -> None:
    for _ in range(600):
        assert server.process.poll() is None, server.said
        try:
            answered(f"{server.url}/health/live", server.trusted)
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the API did not answer within a minute")
