"""The database connection of this process: `DATABASE_URL`, or the embedded PostgreSQL."""

import os
from functools import lru_cache
from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError

from wellhead.database import embedded
from wellhead.errors import SettingsError, StorageError
from wellhead.settings import get_settings

_MIGRATIONS = Path(__file__).parent / "migrations"
_FORBIDDEN = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
_MIGRATION_LOCK = 7_316_001  # any number, the same in every program


def database_url() -> sa.URL:
    """The address in use, with the psycopg driver. Starts the embedded server if it is ours."""
    settings = get_settings()
    if settings.database_url is None:
        return sa.make_url(embedded.start(settings.var))
    try:
        url = sa.make_url(settings.database_url.get_secret_value())
    except ArgumentError as error:
        raise SettingsError(
            "setting DATABASE_URL is not an address: write postgresql://user:password@host/name."
        ) from error
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise SettingsError(
            f"setting DATABASE_URL names {url.get_backend_name()!r}; Wellhead needs PostgreSQL: "
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
    engine = sa.create_engine(
        database_url(),
        pool_pre_ping=True,
        connect_args={"prepare_threshold": None, "connect_timeout": 10},
    )
    sa.event.listen(engine, "connect", _use_utc)
    sa.event.listen(engine, "handle_error", _say_what_failed)
    migrate(engine)
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
    forbidden = isinstance(context.original_exception, _FORBIDDEN)
    if forbidden or isinstance(context.sqlalchemy_exception, (OperationalError, InterfaceError)):
        raise failed(context.original_exception) from context.original_exception


def failed(error: BaseException, *advice: str) -> StorageError:
    """The driver's error in one line, with what to do; `advice` adds to it."""
    reason = str(error).strip().splitlines()[0]
    usual = "Check DATABASE_URL and that the server runs; what was stored is kept."
    return StorageError(" ".join((f"the database failed: {reason}.", usual, *advice)))


def dispose() -> None:
    """Close this process's connections; the next use opens new ones."""
    if _engine.cache_info().currsize:
        _engine(os.getpid()).dispose()
        _engine.cache_clear()


def migrate(engine: sa.Engine) -> None:
    """Bring the schema to the newest migration. Two programs at once do not collide."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    head = ScriptDirectory.from_config(config).get_current_head()
    with engine.begin() as connection:
        if _revision(connection) == head:
            return
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StorageError(
                "the database was set up by a newer version of Wellhead: update this one, or set "
                "DATABASE_URL to another database."
            ) from error


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return revision
