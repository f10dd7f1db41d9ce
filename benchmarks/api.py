"""How fast the API answers, beside a bare ASGI application and `mlflow models serve`.

    .venv/bin/python benchmarks/api.py [rounds=3]

Needs a finished run (`make run`), and the program `wrk`. Each server has one worker on the first
processor; what asks is on the second. In each round, by turns:

- bare: an ASGI application that sends the bytes of a forecast and nothing else, on the server and
  with the options that Wellhead uses (uvloop, httptools);
- bare, plain: the same on the Python parts of that server (asyncio, h11);
- kept: the forecast with a key, its limit, metrics and a line in the log;
- read: forecasts that are not kept, each read from PostgreSQL: every request asks for other rows
  and quantiles;
- mlflow: `mlflow models serve` forecasts from 1,000 prices with the champion that was registered.

Before, while the API is alone: kept forecasts at 500 requests a second for 20 s, in an open loop.
Prints medians, ratios, and the time from start to the first connection. The exit status is 1 if a
goal is missed.
"""

import json
import statistics
import sys
import tempfile
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from serving import BIN, PROGRAM, VARIED, Load, open_loop, server, wrk

from wellhead.catalogue.targets import Target
from wellhead.database.operations import get_price_data
from wellhead.tracking.client import mlflow
from wellhead.tracking.registry import champion, registered_name
from wellhead.workflows.access.keys import create_key, revoke_key

FORECAST = "/v1/forecasts/WTI?days=10"
ROUNDS = 3
API, BARE, PLAIN, MLFLOW = range(48_200, 48_204)
APPLICATION = """
BODY = open({path!r}, "rb").read()
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({{"type": "http.response.start", "status": 200, "headers": HEADERS}})
        await send({{"type": "http.response.body", "body": BODY}})
"""
POST = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = io.open({path!r}):read("*a")
"""
FAST = ("--loop=uvloop", "--http=httptools")
PYTHON = ("--loop=asyncio", "--http=h11")


def main() -> None:
    """Measure in rounds, print medians and ratios, and compare with the goals."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    issued = create_key("benchmark")
    try:
        with tempfile.TemporaryDirectory() as folder:
            start, results, steady, failed = run(Path(folder), issued.text, rounds)
    finally:
        revoke_key(issued.key.key_id)
    good = report(start, results)
    print(f"open loop, 500 a second: 99 % within {steady.p99:.1f} ms (goal: 15), {failed} failed")
    raise SystemExit(0 if good and steady.p99 < 15 and not failed else 1)


def run(folder: Path, key: str, rounds: int) -> tuple[float, dict[str, list[Load]], Load, int]:
    """Start the servers and ask them by turns."""
    write_scripts(folder)
    results: dict[str, list[Load]] = {}
    settings = {"WELLHEAD_API_PORT": str(API), "WELLHEAD_API_LIMIT": "20000/second"}
    with ExitStack() as stack:
        start = stack.enter_context(server([PROGRAM, "api"], API, **settings))
        write_application(folder, key)
        steady, failed = open_loop(API, FORECAST, key, rate=500, seconds=20)
        for port, options in ((BARE, FAST), (PLAIN, PYTHON)):
            stack.enter_context(server(uvicorn(folder, port, options), port))
        stack.enter_context(server(mlflow_serve(folder), MLFLOW))
        for _ in range(rounds):
            for name, (port, path, options) in loads(folder).items():
                load = wrk(f"http://127.0.0.1:{port}{path}", key, *options)
                results.setdefault(name, []).append(load)
    return start, results, steady, failed


def loads(folder: Path) -> dict[str, tuple[int, str, tuple[str, ...]]]:
    """What each load asks: port, path, options of wrk."""
    return {
        "bare": (BARE, FORECAST, ()),
        "bare, plain": (PLAIN, FORECAST, ()),
        "kept": (API, FORECAST, ()),
        "read": (API, FORECAST, ("-s", str(folder / "varied.lua"))),
        "mlflow": (MLFLOW, "/invocations", ("-s", str(folder / "post.lua"))),
    }


def write_scripts(folder: Path) -> None:
    """What wrk sends: varied requests, and prices to MLflow."""
    prices = get_price_data("WTI").tail(1000)
    pairs = zip(prices["observed_at"], prices["value"], strict=True)
    rows = [[f"{day:%Y-%m-%d}", value] for day, value in pairs]
    frame = {"columns": ["observed_at", "value"], "data": rows}
    asked = {"dataframe_split": frame, "params": {"horizon": 10, "target_kind": "daily"}}
    (folder / "prices.json").write_text(json.dumps(asked))
    (folder / "varied.lua").write_text(VARIED)
    (folder / "post.lua").write_text(POST.format(path=str(folder / "prices.json")))


def write_application(folder: Path, key: str) -> None:
    """The bare application with the bytes that the API sends."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{API}{FORECAST}", headers={"Authorization": f"Bearer {key}"}
    )
    (folder / "body").write_bytes(urllib.request.urlopen(request).read())  # noqa: S310
    (folder / "bare.py").write_text(APPLICATION.format(path=str(folder / "body")))


def uvicorn(folder: Path, port: int, options: tuple[str, ...]) -> list[str]:
    """The command of the bare application."""
    program = [sys.executable, "-m", "uvicorn", "bare:app", f"--port={port}", *options]
    return [*program, "--no-access-log", f"--app-dir={folder}", "--log-level=warning"]


def mlflow_serve(folder: Path) -> list[str]:
    """The command of MLflow's own server for the champion of WTI."""
    library, name = mlflow(), registered_name("WTI", Target.DAILY)
    version = champion("WTI").version
    model = library.artifacts.download_artifacts(
        f"models:/{name}/{version}", dst_path=str(folder / "model")
    )
    program = [str(BIN / "mlflow"), "models", "serve", "-m", model]
    return [*program, "--env-manager", "local", "--port", str(MLFLOW)]


def report(start: float, results: dict[str, list[Load]]) -> bool:
    """Print the table. Returns whether every goal is reached."""
    rate = {}
    for name, rows in results.items():
        rate[name], p50, p99 = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"{name}: {rate[name]:,.0f} a second, half in {p50:.1f} ms, 99 % in {p99:.1f} ms")
    share, times = rate["kept"] / rate["bare"], rate["kept"] / rate["mlflow"]
    print(f"kept, of bare: {share:.0%} (goal: 35 %)")
    print(f"kept, of bare on the plain server: {rate['kept'] / rate['bare, plain']:.0%}")
    print(f"kept, of mlflow: {times:.0f} times (goal: 25)")
    print(f"read: {rate['read']:,.0f} a second (goal: 800)")
    print(f"start to first connection: {start:.1f} s (goal: 3 s)")
    return share >= 0.35 and times >= 25 and rate["read"] >= 800 and start <= 3


if __name__ == "__main__":
    main()
