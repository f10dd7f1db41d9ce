"""How many requests a second the API answers, beside a bare ASGI application on the same server.

    .venv/bin/python benchmarks/api.py [rounds=3]

Needs a finished run (`make run`), and the program `wrk`. Each server has one worker on the first
processor; `wrk` is on the second. In each round, by turns:

- bare: an ASGI application that sends the bytes of a forecast, and nothing else;
- kept: the forecast with a key, its limit, metrics and a line in the log;
- read: forecasts that are not kept, each read from PostgreSQL: every request asks for other rows
  and quantiles.

Prints the medians, the ratios, the slowest hundredth, and the time from start to the first answer.
The exit status is 1 if a goal is missed.
"""

import itertools
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wellhead.workflows.access.keys import create_key, revoke_key

HOME = Path(__file__).resolve().parents[1]
FORECAST = "/v1/forecasts/WTI?days=10"
SECONDS = 5
BARE = """
BODY = open({path!r}, "rb").read()
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({{"type": "http.response.start", "status": 200, "headers": HEADERS}})
        await send({{"type": "http.response.body", "body": BODY}})
"""
VARIED = """
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
OPTIONS = ["--host=127.0.0.1", "--loop=uvloop", "--http=httptools", "--no-access-log"]


@contextmanager
def server(command: list[str], port: int, **settings: str) -> Iterator[float]:
    """A server on the first processor; yields the seconds until its first answer."""
    began = time.monotonic()
    pinned = ["taskset", "-c", "0", *command]
    process = subprocess.Popen(
        pinned, env={**os.environ, **settings}, cwd=HOME, stderr=subprocess.DEVNULL
    )
    try:
        while not answers(port):
            time.sleep(0.02)
        yield time.monotonic() - began
    finally:
        process.terminate()
        process.wait()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def measure(port: int, key: str, *options: str) -> tuple[float, float]:
    """Requests a second and the 99th percentile in milliseconds, by wrk."""
    pinned = ["taskset", "-c", "1", "wrk", "-t1", "-c16", f"-d{SECONDS}", "--latency"]
    asked = ["-H", f"Authorization: Bearer {key}", f"http://127.0.0.1:{port}{FORECAST}"]
    ended = subprocess.run([*pinned, *options, *asked], capture_output=True, text=True, check=True)
    if "Non-2xx" in ended.stdout:
        raise SystemExit(f"not every answer was good:\n{ended.stdout}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", ended.stdout)
    slow = re.search(r"99%\s+([\d.]+)(us|ms|s)", ended.stdout)
    assert rate is not None  # noqa: S101 - wrk prints both
    assert slow is not None  # noqa: S101
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}[slow[2]]
    return float(rate[1]), float(slow[1]) * unit


def main() -> None:
    """Measure in rounds, print medians and ratios, and compare with the goals."""
    if shutil.which("wrk") is None:
        raise SystemExit("install wrk (Debian: apt-get install wrk)")
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    issued = create_key("benchmark")
    try:
        with tempfile.TemporaryDirectory() as folder:
            report(*run(Path(folder), issued.text, rounds))
    finally:
        revoke_key(issued.key.key_id)


def run(folder: Path, key: str, rounds: int) -> tuple[float, dict[str, list[tuple[float, float]]]]:
    """The seconds to the first answer, and for each kind its results."""
    ports = itertools.count(48_200)
    ours, bare = next(ports), next(ports)
    (folder / "varied.lua").write_text(VARIED)
    results: dict[str, list[tuple[float, float]]] = {"bare": [], "kept": [], "read": []}
    settings = {"WELLHEAD_API_PORT": str(ours), "WELLHEAD_API_LIMIT": "20000/second"}
    program = str(Path(sys.executable).with_name("wellhead"))
    with server([program, "api"], ours, **settings) as start:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{ours}{FORECAST}", headers={"Authorization": f"Bearer {key}"}
        )
        (folder / "body").write_bytes(urllib.request.urlopen(asked).read())  # noqa: S310
        (folder / "bare.py").write_text(BARE.format(path=str(folder / "body")))
        uvicorn = [sys.executable, "-m", "uvicorn", "bare:app", f"--port={bare}", *OPTIONS]
        with server([*uvicorn, f"--app-dir={folder}", "--log-level=warning"], bare):
            for _ in range(rounds):
                results["bare"].append(measure(bare, key))
                results["kept"].append(measure(ours, key))
                results["read"].append(measure(ours, key, "-s", str(folder / "varied.lua")))
    return start, results


def report(start: float, results: dict[str, list[tuple[float, float]]]) -> None:
    """Print the table, and end with 1 if a goal is missed."""
    rate = {kind: statistics.median(each[0] for each in rows) for kind, rows in results.items()}
    slow = {kind: statistics.median(each[1] for each in rows) for kind, rows in results.items()}
    for kind in results:
        print(f"{kind}: {rate[kind]:,.0f} requests a second, 99 % within {slow[kind]:.1f} ms")
    share = rate["kept"] / rate["bare"]
    print(f"kept, of bare: {share:.0%} (goal: 35 %)")
    print(f"read: {rate['read']:,.0f} a second (goal: 800)")
    print(f"start to first answer: {start:.1f} s (goal: 3 s)")
    if share < 0.35 or rate["read"] < 800 or start > 3:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
