"""Reads: from a replica where `DATABASE_READ_URL` names one, else from where writes go.

Who only looks (API, dashboards, notebooks that run alone, `get_price_data` in a program) reads the
replica. Who goes on to write from what is read must not miss what was written a moment ago: a run
and the verbs that store read the primary, inside `reading_primary`. A run hands that on to the
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
from wellhead.database.server.migrating import newest_revision, revision
from wellhead.errors import StorageError
from wellhead.settings import get_settings

_CHECK_EVERY = 10.0  # seconds; a lag is not asked for at every read
_primary: ContextVar[bool] = ContextVar("reading_primary", default=False)
_IDENTITY = sa.text("SELECT database_id FROM identity")
# The age of the last change that was replayed, where the replica knows of more to come.
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
    """Have reads see what has just been written; a decorator as well."""
    token = _primary.set(True)
    try:
        yield
    finally:
        _primary.reset(token)


def hand_on_primary() -> None:
    """Have this process, and those it starts from now on, read the primary."""
    os.environ["DATABASE_READ_URL"] = ""
    get_settings.cache_clear()


def get_read_engine() -> sa.Engine:
    """The engine to read with. Raises StorageError if the replica is not what it should be."""
    url = get_settings().database_read_url
    if _primary.get() or url is None or not url.get_secret_value():
        return get_engine()
    engine = _replica(os.getpid(), url.get_secret_value())
    _require_recent(engine, int(time.monotonic() / _CHECK_EVERY))
    return engine


@lru_cache(maxsize=1)
def _replica(_pid: int, address: str) -> sa.Engine:
    engine = open_engine(read_address("DATABASE_READ_URL", address))
    with _away_is_said(), engine.connect() as connection:
        at, needed = revision(connection), newest_revision()
        if at != needed:
            raise StorageError(
                f"the replica of DATABASE_READ_URL stands at schema {at or 'empty'}, and this "
                f"version needs {needed}: have the owner run `wellhead database upgrade` on the "
                "primary, and wait until the replica has followed."
            )
        mine, primary = connection.scalar(_IDENTITY), _ask_primary(_IDENTITY)
    if primary not in (None, mine):
        raise StorageError(
            "DATABASE_READ_URL names another database than DATABASE_URL, not a replica of it. "
            "Correct it, or unset it to read the primary."
        )
    return engine


@lru_cache(maxsize=1)
def _require_recent(engine: sa.Engine, _while: int) -> None:
    """Raise StorageError if the replica is further behind than allowed; asked every 10 seconds."""
    allowed = get_settings().database_read_max_lag
    behind = lag(engine)
    if behind > allowed:
        raise StorageError(
            f"the replica of DATABASE_READ_URL is {behind:.0f} s behind, {allowed:g} s are "
            "allowed (DATABASE_READ_MAX_LAG). Wait, or unset DATABASE_READ_URL to read the primary."
        )


def lag(engine: sa.Engine) -> float:
    """Seconds a streaming replica is behind the primary; 0 when it has replayed everything.

    While the primary is away, what the replica has received counts as everything.
    """
    written = _ask_primary(sa.text("SELECT pg_current_wal_lsn()::text"))
    with _away_is_said(), engine.connect() as connection:
        return float(connection.scalar(_LAG, {"written": written}) or 0)


def _ask_primary(question: sa.TextClause) -> object:
    """Its answer; None while it is away, for reading has to go on then."""
    try:
        with get_engine().connect() as connection:
            return connection.scalar(question)
    except StorageError:
        return None


@contextmanager
def _away_is_said() -> Iterator[None]:
    try:
        yield
    except StorageError as error:
        if "DATABASE_READ_URL" in str(error):
            raise
        reason = str(error).replace("Check DATABASE_URL", "Check DATABASE_READ_URL")
        raise StorageError(reason) from error
