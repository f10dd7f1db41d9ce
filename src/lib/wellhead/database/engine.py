"""The database connection of this process: `DATABASE_URL`, or the embedded PostgreSQL."""

import os
from functools import lru_cache
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError

from wellhead.database.server import embedded
from wellhead.database.server.migrating import migrate
from wellhead.errors import SettingsError, StorageError
from wellhead.settings import get_settings

_FORBIDDEN = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
_KEPT_OPEN = 5  # of the connections allowed, those that wait open for their next use


def database_url() -> sa.URL:
    """The address in use, with the psycopg driver. Starts the embedded server if it is ours."""
    settings = get_settings()
    if settings.database_url is None:
        return sa.make_url(embedded.start(settings.var))
    return read_address("DATABASE_URL", settings.database_url.get_secret_value())


def read_address(setting: str, text: str) -> sa.URL:
    """An address that a setting gives. Raises SettingsError that never shows it."""
    try:
        url = sa.make_url(text)
    except ArgumentError as error:
        raise SettingsError(
            f"setting {setting} is not an address: write postgresql://user:password@host/name."
        ) from error
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise SettingsError(
            f"setting {setting} names {url.get_backend_name()!r}; Wellhead needs PostgreSQL: "
            "write postgresql://user:password@host/name, or leave it unset."
        )
    return url.set(drivername="postgresql+psycopg")


def get_engine() -> sa.Engine:
    """The engine of this process, its schema up to date. Raises StorageError if unreachable.

    A forked child gets an engine of its own: connections must not be shared over a fork.
    """
    return _engine(os.getpid())


@lru_cache(maxsize=1)
def _engine(_pid: int) -> sa.Engine:
    engine = open_engine(database_url())
    migrate(engine)
    return engine


def open_engine(url: sa.URL, **options: Any) -> sa.Engine:
    """An engine to an address, its schema as it is. Its errors are StorageErrors."""
    allowed = get_settings().database_connections
    kept = min(_KEPT_OPEN, allowed)
    engine = sa.create_engine(
        url,
        pool_size=kept,
        max_overflow=allowed - kept,
        pool_pre_ping=True,
        connect_args={"prepare_threshold": None, "connect_timeout": 10},
        **options,
    )
    sa.event.listen(engine, "connect", _use_utc)
    sa.event.listen(engine, "handle_error", _say_what_failed)
    return engine


def _use_utc(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
    """Have timestamps come back in UTC, whatever the server's zone."""
    cursor = connection.cursor()
    cursor.execute("SET TIME ZONE 'UTC'")
    cursor.close()
    connection.commit()


def _say_what_failed(context: sa.engine.ExceptionContext) -> None:
    """A server that is away, full or forbids becomes a StorageError; a broken rule stays one."""
    if context.is_pre_ping:
        return  # a connection that has gone stale is replaced without a word
    if isinstance(context.original_exception, _FORBIDDEN):
        raise StorageError(
            f"the database refuses: {_reason(context.original_exception)}. Nothing was changed. "
            "Use a DATABASE_URL whose role may do this."
        ) from context.original_exception
    if isinstance(context.sqlalchemy_exception, (OperationalError, InterfaceError)):
        raise failed(context.original_exception) from context.original_exception


def failed(error: BaseException, *advice: str) -> StorageError:
    """The driver's error in one line, with what to do; `advice` adds to it."""
    usual = "Check DATABASE_URL and that the server runs; what was stored is kept."
    return StorageError(" ".join((f"the database failed: {_reason(error)}.", usual, *advice)))


def _reason(error: BaseException) -> str:
    return (str(error).strip() or "no reason given").splitlines()[0]


def dispose() -> None:
    """Close this process's connections; the next use opens new ones."""
    if _engine.cache_info().currsize:
        _engine(os.getpid()).dispose()
        _engine.cache_clear()
