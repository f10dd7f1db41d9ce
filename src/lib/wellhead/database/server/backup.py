"""Back up and restore the whole database with PostgreSQL's tools of the server's version.

A restore is one transaction: it succeeds, or the database stays as it was. The tools get passwords
in their environment, never on the command line.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from wellhead.database.engine import database_url, dispose, get_engine, open_engine
from wellhead.database.runs import RUN_LOCK
from wellhead.database.server import mlflow_tables, price_views, roles, timescale
from wellhead.database.server.tools import Tools
from wellhead.errors import BusyError, InputError, StorageError
from wellhead.files import replacing
from wellhead.tables import IDENTITY, TABLES

_NOT_DATA = ("alembic_version", IDENTITY.name)  # a database with rows in these alone is empty


def backup(file: Path) -> None:
    """Write the whole database to a file in pg_dump's custom format that only its owner can read.

    The schema stays as it is, so you can back up before an upgrade. Raises InputError if the file
    cannot be written, StorageError if pg_dump of the server's version is missing or fails.
    """
    engine = open_engine(database_url())
    with engine.connect() as connection:
        tools = Tools(connection)
    engine.dispose()
    if file.is_dir() or not file.parent.is_dir():
        raise InputError(f"{file} cannot be written: name a file in a folder that exists.")
    try:
        with replacing(file) as path:
            tools.run("pg_dump", "--format=custom", f"--file={path}", tools.database)
        file.chmod(0o600)
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}.") from error


def restore(file: Path, *, replace: bool = False) -> None:
    """Fill the database from a file that `backup` wrote, and bring its schema up to date.

    A database that holds data is refused, or with `replace` replaced, in one transaction. A backup
    has no owners and grants: if the roles were set up, they are set up again. Raises InputError for
    a file that is not a backup, BusyError while a run works, StorageError.
    """
    _require_backup(file)
    with _run_lock() as connection:
        if not replace and (names := _tables_with_rows(connection)):
            raise StorageError(
                f"the database is not empty: it holds {names}. Nothing was changed. Restore into "
                "an empty one, or replace everything in it with --replace."
            )
        had_roles = roles.in_place(connection)
        tools, first, last = Tools(connection), _drop_statements(connection), []
        if timescale.version(connection):
            first.append("SELECT timescaledb_pre_restore()")
            last.append("SELECT timescaledb_post_restore()")
        connection.commit()
        _run_restore(file, tools, first, last)
    dispose()
    with get_engine().begin() as connection:
        if timescale.version(connection) and not timescale.adopted(connection):
            timescale.adopt(connection)
        if had_roles:
            roles.make(connection)


def _require_backup(file: Path) -> None:
    try:
        with file.open("rb") as opened:
            begins = opened.read(5)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from error
    if begins != b"PGDMP":
        raise InputError(f"{file} is not a file that `wellhead database backup` wrote.")


@contextmanager
def _run_lock() -> Iterator[sa.Connection]:
    """A connection that holds the run lock; it leaves the schema as it is."""
    engine = open_engine(database_url())
    try:
        with engine.connect() as connection:
            if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(RUN_LOCK))):
                raise BusyError("a run is at work on this database. Wait for it to end.")
            yield connection
            connection.invalidate()  # the lock goes with the connection
    finally:
        engine.dispose()


def _tables_with_rows(connection: sa.Connection) -> str:
    """The names of our and MLflow's tables that hold rows, in a list; empty if there are none."""
    inspector = sa.inspect(connection)
    names: list[tuple[str | None, str]] = [
        (None, name) for name in inspector.get_table_names() if name not in _NOT_DATA
    ]
    if mlflow_tables.SCHEMA in inspector.get_schema_names():
        tracked = set(inspector.get_table_names(schema=mlflow_tables.SCHEMA))
        names += [(mlflow_tables.SCHEMA, name) for name in mlflow_tables.DATA if name in tracked]
    return ", ".join(
        f"{schema}.{name}" if schema else name
        for schema, name in names
        if connection.scalar(
            sa.select(
                sa.exists(sa.select(sa.literal(1)).select_from(sa.table(name, schema=schema)))
            )
        )
    )


def _drop_statements(connection: sa.Connection) -> list[str]:
    """The statements that drop what a backup contains: our tables and views, MLflow's schema."""
    ours = {"alembic_version", *(described.name for described in TABLES)}
    existing = ours & set(sa.inspect(connection).get_table_names())
    tables = [f"DROP TABLE {name} CASCADE" for name in sorted(existing)]
    tracking = f"DROP SCHEMA IF EXISTS {mlflow_tables.SCHEMA} CASCADE"
    return [*price_views.dropping(connection), *tables, tracking]


def _run_restore(file: Path, tools: Tools, first: list[str], last: list[str]) -> None:
    """pg_restore writes SQL; psql runs it between two lists of statements, in one transaction.

    pg_restore alone would fail: it drops only what the backup holds, and other objects may depend
    on that.
    """
    psql = ["psql", "--no-psqlrc", "--quiet", f"--output={os.devnull}", "--single-transaction"]
    tools.pipe(
        ["pg_restore", "--no-owner", "--no-privileges", "--file=-", str(file)],
        [
            *psql,
            "--set=ON_ERROR_STOP=1",
            tools.database,
            "--command=SET lock_timeout = '10s'",
            *(f"--command={statement}" for statement in first),
            "--file=-",
            *(f"--command={statement}" for statement in last),
        ],
    )
