"""Servers and loads for the benchmarks of the API.

Servers run on the first processor; what asks them runs on the second.
"""

import asyncio
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

HOME = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PROGRAM = str(BIN / "wellhead")
CONNECTIONS = 16
VARIED = """
math.randomseed(os.time())
local names = {"0.025", "0.1", "0.25", "0.5", "0.75", "0.9", "0.975"}
request = function()
  for i = #names, 2, -1 do
    local j = math.random(i)
    names[i], names[j] = names[j], names[i]
  end
  local some = table.concat(names, ",", 1, math.random(4, 7))
  return wrk.format("GET", "/v1/forecasts/WTI?days=" .. math.random(63) .. "&quantiles=" .. some)
end
"""
"""A script of wrk: forecasts of other rows and quantiles each time."""
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Load(NamedTuple):
    """Requests a second, and milliseconds within which a half and 99 % were answered."""

    rate: float
    p50: float
    p99: float


@contextmanager
def server(command: list[str], port: int, **settings: str) -> Iterator[float]:
    """A server on the first processor; yields the seconds until it accepts connections."""
    began = time.monotonic()
    pinned = ["taskset", "-c", "0", *command]
    process = subprocess.Popen(
        pinned,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **settings},
        cwd=HOME,
        start_new_session=True,  # `mlflow models serve` starts others
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not answers(port):
            if process.poll() is not None:
                raise SystemExit(f"{' '.join(command)} ended")
            time.sleep(0.02)
        yield time.monotonic() - began
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def answers(port: int) -> bool:
    """Whether something accepts connections on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wrk(address: str, key: str, *options: str, seconds: int = 5) -> Load:
    """A closed loop: each of 16 connections sends its next request when it has the response."""
    if shutil.which("wrk") is None:
        raise SystemExit("install wrk (Debian: apt-get install wrk)")
    how = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--latency", "--timeout", "20s"]
    sent = ["-H", f"Authorization: Bearer {key}", address]
    program = ["taskset", "-c", "1", "wrk", *how, *options, *sent]
    ended = subprocess.run(program, capture_output=True, text=True, check=True)
    if "Non-2xx" in ended.stdout or "Socket errors" in ended.stdout:
        raise SystemExit(f"not every response was good:\n{ended.stdout}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", ended.stdout)
    assert rate is not None  # noqa: S101 - wrk prints it
    return Load(float(rate[1]), _share(ended.stdout, "50"), _share(ended.stdout, "99"))


def _share(printed: str, share: str) -> float:
    found = re.search(rf"{share}%\s+([\d.]+)(us|ms|s)", printed)
    assert found is not None  # noqa: S101 - wrk prints it
    return float(found[1]) * _UNITS[found[2]]


def open_loop(port: int, path: str, key: str, *, rate: int, seconds: int) -> tuple[Load, int]:
    """Requests for one path at a steady rate. Returns also how many failed."""
    os.sched_setaffinity(0, {1})
    try:
        times, failed = asyncio.run(send_steadily(port, repeat(path), key, rate, seconds))
    finally:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    cuts = statistics.quantiles(times, n=100)
    return Load(len(times) / seconds, 1000 * cuts[49], 1000 * cuts[98]), failed


async def send_steadily(
    port: int, paths: Iterator[str], key: str, rate: int, seconds: int
) -> tuple[list[float], int]:
    """Send requests at a steady rate, whatever the server does. Returns seconds, and failures.

    A time counts from the moment at which the request was due, so a server that stops for a second
    is charged for all that should have been sent in it.
    """
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    times: list[float] = []
    failed = 0

    async def send(path: str, due: float) -> None:
        nonlocal failed
        connection = await free.get()
        failed += await _ask(*connection, path, key) != 200
        free.put_nowait(connection)
        times.append(time.perf_counter() - due)

    first = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, path in zip(range(rate * seconds), paths, strict=False):
            due = first + number / rate
            await asyncio.sleep(due - time.perf_counter())
            group.create_task(send(path, due))
    for _ in range(CONNECTIONS):
        free.get_nowait()[1].close()
    return times, failed


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, key: str
) -> int:
    """The status of the response."""
    headers = f"Host: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n"
    writer.write(f"GET {path} HTTP/1.1\r\n{headers}".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    await reader.readexactly(int(length[1]) if length else 0)
    return int(head[9:12])
