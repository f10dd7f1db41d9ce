"""Backup and restore of the whole database with PostgreSQL's own tools, of its own version.

A restore is one transaction: it is there whole, or the database is as it was. Passwords travel in
the environment of the tools, never on their command lines.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from wellhead.database import views
from wellhead.database.engine import database_url, dispose, get_engine, open_engine
from wellhead.database.runs import RUN_LOCK
from wellhead.database.server import roles, timescale
from wellhead.database.server.tools import Tools
from wellhead.errors import BusyError, InputError, StorageError
from wellhead.files import replacing
from wellhead.tables import IDENTITY, TABLES

_NOT_DATA = ("alembic_version", IDENTITY.name)  # a database that holds only these is empty


def backup(file: Path) -> None:
    """Write the whole database to a file of pg_dump's custom format, readable by us alone.

    Its schema is left as it is, so that one can back up before an upgrade. Raises StorageError if
    pg_dump of the server's version is missing or fails.
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

    What is in the database is refused, or with `replace` replaced, in one transaction. Owners and
    grants are not restored: where the roles were set up they are set up again. Raises InputError
    for a file that is no backup, BusyError while a run works, StorageError.
    """
    _require_backup(file)
    with _alone() as connection:
        if not replace and (there := _what_is_there(connection)):
            raise StorageError(
                f"the database is not empty: it holds {there}. Nothing was changed. Restore into "
                "an empty one, or replace all it holds with --replace."
            )
        had_roles = roles.in_place(connection)
        tools, first, last = Tools(connection), _making_room(connection), []
        if timescale.version(connection):
            first.append("SELECT timescaledb_pre_restore()")
            last.append("SELECT timescaledb_post_restore()")
        connection.commit()
        _pour(file, tools, first, last)
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
def _alone() -> Iterator[sa.Connection]:
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


def _what_is_there(connection: sa.Connection) -> str:
    """The tables that hold rows, ours and MLflow's, as words; empty if there are none."""
    inspector = sa.inspect(connection)
    names: list[tuple[str | None, str]] = [
        (None, name) for name in inspector.get_table_names() if name not in _NOT_DATA
    ]
    if roles.MLFLOW in inspector.get_schema_names():
        there = inspector.get_table_names(schema=roles.MLFLOW)
        names += [(roles.MLFLOW, name) for name in there if name in ("runs", "model_versions")]
    return ", ".join(
        f"{schema}.{name}" if schema else name
        for schema, name in names
        if connection.scalar(
            sa.select(
                sa.exists(sa.select(sa.literal(1)).select_from(sa.table(name, schema=schema)))
            )
        )
    )


def _making_room(connection: sa.Connection) -> list[str]:
    """The statements that drop what the backup brings: our tables and views, MLflow's schema."""
    ours = {"alembic_version", *(described.name for described in TABLES)}
    there = ours & set(sa.inspect(connection).get_table_names())
    tables = [f"DROP TABLE {name} CASCADE" for name in sorted(there)]
    return [*views.dropping(connection), *tables, f"DROP SCHEMA IF EXISTS {roles.MLFLOW} CASCADE"]


def _pour(file: Path, tools: Tools, first: list[str], last: list[str]) -> None:
    """pg_restore writes SQL and psql runs it between two lists of statements, as one transaction.

    pg_restore cannot do it alone: it drops only what the backup holds, and what else depends on
    that would stop it.
    """
    tools.pipe(
        ["pg_restore", "--no-owner", "--no-privileges", "--file=-", str(file)],
        [
            "psql", "--no-psqlrc", "--quiet", f"--output={os.devnull}", "--single-transaction",
            "--set=ON_ERROR_STOP=1", tools.database, "--command=SET lock_timeout = '10s'",
            *(f"--command={statement}" for statement in first), "--file=-",
            *(f"--command={statement}" for statement in last),
        ],
    )  # fmt: skip
