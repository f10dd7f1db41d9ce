"""Half an hour of requests: does the API's memory grow, does it lose connections?

    .venv/bin/python benchmarks/api_soak.py [minutes=30]

Needs a finished run (`make run`). One server, 200 requests a second in an open loop: kept and read
forecasts, prices, scores, and requests that are refused. Prints memory and the connections to the
database every minute. The exit status is 1 if the memory grows by 5 % or more after the first tenth
of the time, if connections grow, or if a request fails.
"""

import asyncio
import itertools
import sys

import psutil
import sqlalchemy as sa
from serving import PROGRAM, send_steadily, server

from wellhead.database.engine import get_engine
from wellhead.workflows.access.keys import create_key, revoke_key

PORT, RATE = 48_210, 200
PATHS = (
    "/v1/forecasts/WTI?days={}",
    "/v1/forecasts/WTI?target=monthly",
    "/v1/forecasts/WTI/history?limit={}",
    "/v1/prices/WTI?limit={}",
    "/v1/scores/WTI",
    "/v1/forecasts",
    "/v1/models/WTI",
    "/metrics",
)


def main() -> None:
    """Ask by the minute, and look after each."""
    minutes = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    issued = create_key("benchmark")
    settings = {"WELLHEAD_API_PORT": str(PORT), "WELLHEAD_API_LIMIT": "20000/second"}
    try:
        with server([PROGRAM, "api"], PORT, **settings):
            seen = [minute(number, issued.text) for number in range(minutes)]
    finally:
        revoke_key(issued.key.key_id)
    memory, connections, failed = zip(*seen[minutes // 10 :], strict=True)
    growth = memory[-1] / memory[0] - 1
    print(f"memory {growth:+.1%} (goal: below 5 %), {sum(failed)} failed")
    if growth >= 0.05 or connections[-1] > connections[0] or any(failed):
        raise SystemExit(1)


def minute(number: int, key: str) -> tuple[int, int, int]:
    """Ask for a minute. Returns the server's memory, its connections, and failed requests."""
    varied = (path.format(1 + count % 63) for count in itertools.count() for path in PATHS)
    times, failed = asyncio.run(send_steadily(PORT, varied, key, RATE, 60))
    memory = int(_serving().memory_info().rss)
    with get_engine().connect() as connection:
        question = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        connections = int(connection.scalar(sa.text(question)) or 0)
    slowest = 1000 * max(times)
    print(
        f"minute {number + 1}: {memory / 2**20:.1f} MiB, {connections} connections, "
        f"slowest {slowest:.0f} ms, {failed} failed",
        flush=True,
    )
    return memory, connections, failed


def _serving() -> psutil.Process:
    """The process that listens on the port."""
    listening = next(
        each
        for each in psutil.net_connections("tcp")
        if each.status == "LISTEN" and each.laddr.port == PORT
    )
    return psutil.Process(listening.pid)


if __name__ == "__main__":
    main()
