"""The database connection of this process: `DATABASE_URL`, or the embedded PostgreSQL."""

import os
from collections.abc import Callable
from functools import lru_cache

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError

from wellhead.database.server import embedded
from wellhead.database.server.schema_upgrade import upgrade_schema
from wellhead.errors import SettingsError, StorageError
from wellhead.settings import get_settings

_FORBIDDEN = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
# PostgreSQL gives no code when it refuses a connection, only this text.
_FULL = ("too many clients", "too many connections", "connection slots are reserved")
_KEPT_OPEN = 5  # connections that stay open between uses


def database_url() -> sa.URL:
    """The address of the database, for psycopg. Starts the embedded server if no other is set."""
    settings = get_settings()
    if settings.database_url is None:
        return embedded.start(settings.var)
    return read_address("DATABASE_URL", settings.database_url.get_secret_value())


def read_address(setting: str, text: str) -> sa.URL:
    """Parse the address that a setting gives. Raises SettingsError, which never shows it."""
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError):
        raise SettingsError(
            f"setting {setting} is not an address: write postgresql://user:password@host/name."
        ) from None  # its text may hold the address
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise SettingsError(
            f"setting {setting} names {url.get_backend_name()!r}; Wellhead needs PostgreSQL: "
            "write postgresql://user:password@host/name, or leave it unset."
        )
    return url.set(drivername="postgresql+psycopg")


def get_engine() -> sa.Engine:
    """The engine of this process, with the schema up to date. Raises StorageError if it fails.

    A forked child gets its own engine, because processes must not share connections.
    """
    return _engine(os.getpid())


@lru_cache(maxsize=1)
def _engine(_pid: int) -> sa.Engine:
    engine = open_engine(database_url())
    upgrade_schema(engine)
    return engine


def open_engine(url: sa.URL, setting: str = "DATABASE_URL") -> sa.Engine:
    """An engine for an address; it leaves the schema as it is.

    Its errors are StorageErrors that name `setting`, from which the address comes.
    """
    allowed = get_settings().database_connections
    kept = min(_KEPT_OPEN, allowed)
    engine = sa.create_engine(
        url,
        pool_size=kept,
        max_overflow=allowed - kept,
        pool_pre_ping=True,
        connect_args={"prepare_threshold": None, "connect_timeout": 10},
    )
    sa.event.listen(engine, "connect", _use_utc)
    sa.event.listen(engine, "handle_error", _storage_errors(setting))
    return engine


def _use_utc(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
    """Make the server return timestamps in UTC, whatever its time zone."""
    cursor = connection.cursor()
    cursor.execute("SET TIME ZONE 'UTC'")
    cursor.close()
    connection.commit()


def _storage_errors(setting: str) -> Callable[[sa.engine.ExceptionContext], None]:
    """A handler that turns errors of server, network and permission into StorageErrors.

    Broken constraints stay as they are.
    """

    def handle(context: sa.engine.ExceptionContext) -> None:
        if context.is_pre_ping:
            return  # SQLAlchemy replaces a stale connection by itself
        error = context.original_exception
        if isinstance(error, _FORBIDDEN):
            raise StorageError(
                f"the database refused: {_reason(error)}. Nothing was changed. Use a {setting} "
                "whose role has this permission."
            ) from error
        if isinstance(context.sqlalchemy_exception, (OperationalError, InterfaceError)):
            raise failed(error, setting=setting) from error

    return handle


def failed(error: BaseException, *advice: str, setting: str = "DATABASE_URL") -> StorageError:
    """The driver's error in one line, with what to do; `advice` adds to it."""
    if any(words in str(error) for words in _FULL):
        return StorageError(
            "the database has no connection left: all that its max_connections allows are in use. "
            "Wait for other programs to end, lower DATABASE_CONNECTIONS or WELLHEAD_PROCESSES, or "
            "raise max_connections on the server; stored data is kept."
        )
    usual = f"Check {setting} and that the server runs; stored data is kept."
    return StorageError(" ".join((f"the database failed: {_reason(error)}.", usual, *advice)))


def _reason(error: BaseException) -> str:
    return (str(error).strip() or "no reason given").splitlines()[0].rstrip(".")


def dispose() -> None:
    """Close the connections of this process; the next use opens new ones."""
    if _engine.cache_info().currsize:
        _engine(os.getpid()).dispose()
        _engine.cache_clear()
