"""Starts the API as a user does, over TCP on loopback."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("wellhead")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(settings: dict[str, str], *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a session of its own, and its address."""
    port = free_port()
    process = subprocess.Popen(
        [PROGRAM, "api", *options],
        env={**os.environ, **settings, "WELLHEAD_API_PORT": str(port)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def answered(url: str, **headers: str) -> int:
    """The status of the response; OSError without one."""
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310 - as above
            return int(response.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def wait_for(url: str, process: subprocess.Popen[str]) -> None:
    for _ in range(600):
        assert process.poll() is None, process.communicate()[1]
        try:
            answered(url)
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the API did not answer within a minute")
