"""The record of pipeline runs, and the lock that allows one run at a time."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
import sqlalchemy as sa

from wellhead.calendars import now
from wellhead.database.engine import database_url, get_engine, open_engine
from wellhead.database.schema import SCHEMA
from wellhead.database.writing import write_rows
from wellhead.errors import BusyError

RUN_LOCK = 7_316_002
_FILES_LOCK = 7_316_005


@contextmanager
def one_run_at_a_time() -> Iterator[None]:
    """Hold the database's run lock. The server releases the lock of a killed program.

    Raises BusyError with the time since when another run has worked.
    """
    with get_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(RUN_LOCK))):
            raise BusyError(_busy())
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(RUN_LOCK)))


def _busy() -> str:
    runs = SCHEMA["pipeline_runs"].c
    with get_engine().connect() as connection:
        started = connection.scalar(
            sa.select(sa.func.max(runs.started_at)).where(runs.status == "running")
        )
    since = f" since {started:%H:%M:%S} UTC" if started else ""
    return f"another run is at work on this database{since}. Wait for it to end, or stop it."


@contextmanager
def model_files_stay() -> Iterator[None]:
    """No files of models are removed inside the block; it leaves the schema as it is."""
    engine = open_engine(database_url())
    try:
        with engine.connect() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_lock_shared(_FILES_LOCK)))
            connection.commit()
            yield
            connection.invalidate()  # the lock goes with the connection
    finally:
        engine.dispose()


@contextmanager
def model_files_may_go() -> Iterator[bool]:
    """Whether files of models may be removed inside the block: not while a backup copies them."""
    with get_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        free = bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_FILES_LOCK))))
        try:
            yield free
        finally:
            if free:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(_FILES_LOCK)))


def start_run(source: str) -> str:
    """Record the start of a run; returns its identifier."""
    run_id = uuid.uuid4().hex
    row = {"run_id": run_id, "source": source, "started_at": now(), "status": "running"}
    write_rows("pipeline_runs", pd.DataFrame([{**row, "tasks": {}}]))
    return run_id


def end_run(run_id: str, status: str, tasks: dict[str, Any], error: str | None = None) -> None:
    """Record how a run ended: 'done', 'unchanged' or 'failed'."""
    table = SCHEMA["pipeline_runs"]
    ended = {"ended_at": now(), "status": status, "tasks": tasks, "error": error}
    with get_engine().begin() as connection:
        connection.execute(sa.update(table).where(table.c.run_id == run_id).values(**ended))
