"""Writers that are killed, and two at once: the table ends as if nothing had happened.

The writers are processes of their own. A lock of the test holds them where they are to be met.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from tests.database.batches import NOTHING, batch, series
from tests.paths import ROOT
from wellhead.catalogue.series import SeriesKey
from wellhead.database.digests import stored_digest
from wellhead.database.operations import get_vintages, read_table
from wellhead.database.writing import write_batch

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.slow]

ROWS = 20_000
WRITE = f"""
import sys
from tests.database.batches import NOTHING, batch, series
from wellhead.database.engine import get_engine
from wellhead.database.writing import write_batch
get_engine()
print("ready", flush=True)
print(write_batch(batch(), series({ROWS}), NOTHING))
"""
# The same, but it stops for ever after the second slice has left.
STOP_IN_COPY = """
import time
from wellhead.database import staging
staging._SLICE, packed, sent = 1_000, staging._packed, []
def pack(part):
    sent.append(part)
    if len(sent) == 3:
        print("copying", flush=True)
        time.sleep(600)
    return packed(part)
staging._packed = pack
"""


def writer(code: str) -> subprocess.Popen[str]:
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.PIPE,
        text=True,
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@contextmanager
def held(database: sa.Engine, table: str) -> Iterator[None]:
    """Whoever writes to the table waits."""
    with database.begin() as connection:
        connection.execute(sa.text(f"LOCK TABLE {table} IN SHARE MODE"))
        yield


def wait_for_waiting(database: sa.Engine, writers: int) -> None:
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(600):
        with database.connect() as connection:
            if connection.scalar(waiting) == writers:
                return
        time.sleep(0.1)
    pytest.fail(f"{writers} writers never came to wait")


def undisturbed_digest() -> str:
    write_batch(batch(source="calm"), series(ROWS, "calm"), NOTHING)
    return stored_digest("WTI", "calm")


def assert_as_before_and_the_next_write_ends_well(rows: int, batches: int) -> None:
    assert len(read_table("observations")) == rows
    assert len(read_table("batches")) == batches
    old = len(get_vintages(SeriesKey("WTI", "test"))) if rows else 0
    assert write_batch(batch(), series(ROWS), NOTHING) == (ROWS - old, 0)
    assert stored_digest("WTI", "test") == undisturbed_digest()


@pytest.mark.parametrize("table", ["observations", "batches"])
@pytest.mark.parametrize("stored", [0, 500])
def test_a_writer_killed_while_it_inserts_leaves_the_table_as_it_was(
    table: str, stored: int, database: sa.Engine
) -> None:
    if stored:
        write_batch(batch(), series(stored), NOTHING)
    with held(database, table):
        process = writer(WRITE)
        assert line(process) == "ready"
        wait_for_waiting(database, 1)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert_as_before_and_the_next_write_ends_well(stored, bool(stored))


def test_a_writer_killed_during_copy_leaves_the_table_as_it_was(database: sa.Engine) -> None:
    process = writer(STOP_IN_COPY + WRITE)
    assert [line(process), line(process)] == ["ready", "copying"]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert_as_before_and_the_next_write_ends_well(0, 0)


def test_two_writers_of_one_series_do_not_collide(database: sa.Engine) -> None:
    with held(database, "observations"):
        processes = [writer(WRITE), writer(WRITE)]
        assert [line(process) for process in processes] == ["ready", "ready"]
        wait_for_waiting(database, 2)  # one for the table, one for the series
    counts = sorted(line(process) for process in processes)
    assert [process.wait() for process in processes] == [0, 0]
    assert counts == ["(0, 0)", f"({ROWS}, 0)"]
    assert stored_digest("WTI", "test") == undisturbed_digest()
