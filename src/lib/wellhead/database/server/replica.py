"""The engine for reads: a replica if `DATABASE_READ_URL` names one, else the primary.

Programs that only read (API, dashboards, notebooks that run alone, `get_price_data`) use the
replica. A program that stores results of what it reads must see the newest rows: a run, and every
command that stores, reads the primary inside `reading_primary`. A run passes that on to the
processes it starts.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

import sqlalchemy as sa

from wellhead.database.engine import get_engine, open_engine, read_address
from wellhead.database.server.schema_upgrade import newest_revision, revision
from wellhead.errors import StorageError
from wellhead.settings import get_settings

_CHECK_EVERY = 10.0  # seconds between two checks of the lag
_SETTING = "DATABASE_READ_URL"
_primary: ContextVar[bool] = ContextVar("reading_primary", default=False)
_IDENTITY = sa.text("SELECT database_id FROM identity")
# The age of the last replayed change, if the replica still has changes to replay.
_LAG = sa.text(
    """
    SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0
                WHEN pg_last_wal_replay_lsn() >= coalesce(CAST(:written AS pg_lsn),
                                                          pg_last_wal_receive_lsn()) THEN 0
                ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
           END
    """
)


@contextmanager
def reading_primary() -> Iterator[None]:
    """Read the primary inside the block; also a decorator."""
    token = _primary.set(True)
    try:
        yield
    finally:
        _primary.reset(token)


def hand_on_primary() -> None:
    """Make this process, and those it starts from now on, read the primary."""
    os.environ["DATABASE_READ_URL"] = ""
    get_settings.cache_clear()


def get_read_engine() -> sa.Engine:
    """The engine for reads. Raises StorageError if the replica is late or of another database."""
    url = get_settings().database_read_url
    if _primary.get() or url is None or not url.get_secret_value():
        return get_engine()
    engine = _replica(os.getpid(), url.get_secret_value())
    _require_recent(engine, int(time.monotonic() / _CHECK_EVERY))
    return engine


@lru_cache(maxsize=1)
def _replica(_pid: int, address: str) -> sa.Engine:
    engine = open_engine(read_address(_SETTING, address), _SETTING)
    with engine.connect() as connection:
        at, needed = revision(connection), newest_revision()
        if at != needed:
            raise StorageError(
                f"the replica of DATABASE_READ_URL has schema {at or 'empty'}, and this version "
                f"needs {needed}: ask the owner to run `wellhead database upgrade` on the primary, "
                "and wait until the replica has followed."
            )
        own, primary = connection.scalar(_IDENTITY), _ask_primary(_IDENTITY)
    if primary not in (None, own):
        raise StorageError(
            "DATABASE_READ_URL names another database than DATABASE_URL, not a replica of it. "
            "Correct it, or unset it to read the primary."
        )
    return engine


@lru_cache(maxsize=1)
def _require_recent(engine: sa.Engine, _while: int) -> None:
    """Raise StorageError if the replica is further behind than allowed; checked every 10 s."""
    allowed = get_settings().database_read_max_lag
    behind = lag(engine)
    if behind > allowed:
        raise StorageError(
            f"the replica of DATABASE_READ_URL is {behind:.0f} s behind, {allowed:g} s are "
            "allowed (DATABASE_READ_MAX_LAG). Wait, or unset DATABASE_READ_URL to read the primary."
        )


def lag(engine: sa.Engine) -> float:
    """Seconds by which a streaming replica is behind; 0 when it has replayed everything.

    While the primary cannot be reached, everything is what the replica has received.
    """
    written = _ask_primary(sa.text("SELECT pg_current_wal_lsn()::text"))
    with engine.connect() as connection:
        return float(connection.scalar(_LAG, {"written": written}) or 0)


def _ask_primary(question: sa.TextClause) -> object:
    """The primary's answer; None while it cannot be reached, so that reads go on."""
    try:
        with get_engine().connect() as connection:
            return connection.scalar(question)
    except StorageError:
        return None
