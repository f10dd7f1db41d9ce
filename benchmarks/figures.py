"""What the benchmarks share: a fresh embedded database, timing, batches, memory, targets."""

import os
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pandas as pd
import psutil
import sqlalchemy as sa


@contextmanager
def fresh_database() -> Iterator[sa.Engine]:
    """A migrated embedded database in a temporary folder; nothing of the caller's is used."""
    for name in [name for name in os.environ if name.startswith(("WELLHEAD_", "DATABASE_"))]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="wellhead-benchmark-") as folder:
        os.environ |= {"WELLHEAD_VAR_DIR": folder, "WELLHEAD_ENV_FILE": os.devnull}
        from wellhead.database.engine import dispose, get_engine

        yield get_engine()
        dispose()


def batch(commodity: str, source: str, rows: int) -> dict[str, Any]:
    """A row of table `batches`, before its counts."""
    return {
        "batch_id": uuid.uuid4().hex,
        "commodity": commodity,
        "source": source,
        "frequency": "daily",
        "fetched_at": pd.Timestamp.now("UTC"),
        "accepted": True,
        "quality_score": 1.0,
        "rows_received": rows,
        "rows_missing": 0,
        "rows_quarantined": 0,
        "rules": {},
    }


def seconds(work: Callable[[], object]) -> float:
    """Seconds one call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def peak_growth(work: Callable[[], object]) -> float:
    """MiB by which this process's memory grows at most during one call, looked at each 5 ms."""
    process, done = psutil.Process(), threading.Event()
    before = peak = process.memory_info().rss

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.005):
            peak = max(peak, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    work()
    done.set()
    watcher.join()
    return (peak - before) / 2**20


def median(times: list[float]) -> float:
    """The median."""
    return statistics.median(times)


def require(claims: Mapping[str, bool]) -> None:
    """End with status 1, naming them, where claims do not hold."""
    missed = [claim for claim, holds in claims.items() if not holds]
    if missed:
        raise SystemExit("\n".join(f"not reached: {claim}" for claim in missed))
