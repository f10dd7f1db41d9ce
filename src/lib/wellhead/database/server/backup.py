"""Dump and restore the whole database with PostgreSQL's tools of the server's version.

A restore is one transaction: it succeeds, or the database stays as it was. The tools get passwords
in their environment, never on the command line.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from wellhead.database.engine import database_url, dispose, get_engine, open_engine
from wellhead.database.runs import RUN_LOCK
from wellhead.database.server import mlflow_tables, price_views, roles, schema_upgrade, timescale
from wellhead.database.server.tools import Tools
from wellhead.errors import BusyError, StorageError
from wellhead.files import replacing
from wellhead.tables import IDENTITY, TABLES

DUMP_BEGINS = b"PGDMP"
_FORMER = ("backtests", "scores", "forecasts")  # tables of schemas before 0008, 0009, 0010
_NOT_DATA = ("alembic_version", IDENTITY.name)  # a database with rows in these alone is empty
# The server's jobs belong to roles that the new server may not have: `timescale.adopt` makes them
# anew. Only the owner of the extension may create it or comment on it, and it exists by then.
_LEFT_OUT = re.compile(
    r"; \d+ \d+ (TABLE DATA _timescaledb_\w+ bgw_job |EXTENSION - timescaledb|"
    r"COMMENT - EXTENSION timescaledb)"
)


@dataclass(frozen=True)
class DumpedServer:
    """What a database was when it was dumped: its schema's revision and TimescaleDB's version."""

    schema: str | None
    timescaledb: str | None


def dump(file: Path) -> DumpedServer:
    """Write the whole database to a file in pg_dump's custom format that only its owner can read.

    The schema stays as it is, so you can back up before an upgrade. Raises OSError if the file
    cannot be written, StorageError if pg_dump of the server's version is missing or fails.
    """
    engine = open_engine(database_url())
    with engine.connect() as connection:
        tools = Tools(connection)
        extension = timescale.state(connection).installed
        dumped = DumpedServer(schema_upgrade.revision(connection), extension)
    engine.dispose()
    with replacing(file, 0o600) as path:
        tools.run("pg_dump", "--format=custom", f"--file={path}", tools.database)
    return dumped


def load_dump(file: Path, *, replace: bool = False, made_with: str | None = None) -> bool:
    """Fill the database from a dump; `complete` must follow. Returns whether it had roles.

    A database that holds data is refused, or with `replace` replaced, in one transaction.
    `made_with` is the version of TimescaleDB in the dump, where it is known. Raises BusyError while
    a run works, StorageError; the database is as it was then.
    """
    with _run_lock() as connection:
        if not replace:
            _require_empty(connection)
        had_roles = roles.in_place(connection)
        tools = Tools(connection)
        listed = tools.run("pg_restore", "--list", str(file))
        before, after = _drop_statements(connection), []
        if is_timescale := "EXTENSION - timescaledb" in listed:
            _require_timescale(connection, made_with)
            pre, post = timescale.around_restore(connection)
            before, after = [*before, pre], [post]
        connection.commit()
        try:
            run_restore(file, listed, tools, before, after)
        except StorageError:
            if is_timescale:
                _start_jobs_again(connection, after)
            raise
    return had_roles


def complete(had_roles: bool) -> None:
    """Bring a loaded database up to date: schema, hypertables, the server's jobs, roles.

    A dump has no owners and grants: if the roles were set up, they are set up again.
    """
    dispose()
    with get_engine().begin() as connection:
        if timescale.version(connection):
            timescale.adopt(connection)
        if had_roles:
            roles.make(connection)


@contextmanager
def _run_lock() -> Iterator[sa.Connection]:
    """A connection that holds the run lock; it leaves the schema as it is.

    It provides TimescaleDB first, if the server offers it: a dump must find the extension.
    """
    engine = open_engine(database_url())
    try:
        timescale.provide(engine)
        with engine.connect() as connection:
            if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(RUN_LOCK))):
                raise BusyError("a run is at work on this database. Wait for it to end.")
            yield connection
            connection.invalidate()  # the lock goes with the connection
    finally:
        engine.dispose()


def _require_empty(connection: sa.Connection) -> None:
    """Raise StorageError if the database holds data of ours or of MLflow's."""
    if names := _tables_with_rows(connection):
        raise StorageError(
            f"the database is not empty: it holds {names}. Nothing was changed. Restore into "
            "an empty one, or replace everything in it with --replace."
        )


def _require_timescale(connection: sa.Connection, made_with: str | None) -> None:
    """Raise StorageError unless the server has the version of TimescaleDB that a dump needs."""
    installed = timescale.state(connection).installed
    if installed and made_with in (None, installed):
        return
    raise StorageError(
        f"the backup is of a database with TimescaleDB {made_with or ''}".rstrip()
        + f", and this one has {installed or 'none'}. Nothing was changed. Restore it into a "
        "database with the same version: CREATE EXTENSION timescaledb"
        + (f" VERSION '{made_with}'." if made_with else ".")
    )


def _start_jobs_again(connection: sa.Connection, statements: list[str]) -> None:
    """The rollback does not start the server's jobs, which stopped before the restore."""
    with suppress(StorageError, sa.exc.DBAPIError):
        for statement in statements:
            connection.execute(sa.text(statement))
        connection.commit()


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
    """The statements that drop what a dump contains: our tables and views, MLflow's schema."""
    ours = {"alembic_version", *_FORMER, *(described.name for described in TABLES)}
    existing = ours & set(sa.inspect(connection).get_table_names())
    tables = [f"DROP TABLE {name} CASCADE" for name in sorted(existing)]
    tracking = f"DROP SCHEMA IF EXISTS {mlflow_tables.SCHEMA} CASCADE"
    return [*price_views.dropping(connection), *tables, tracking]


def run_restore(file: Path, listed: str, tools: Tools, before: list[str], after: list[str]) -> None:
    """pg_restore writes SQL; psql runs it between two lists of statements, in one transaction.

    `listed` is the dump's table of contents. pg_restore alone would fail: it drops only what the
    dump holds, and other objects may depend on that.
    """
    psql = ["psql", "--no-psqlrc", "--quiet", f"--output={os.devnull}", "--single-transaction"]
    kept = [line for line in listed.splitlines() if not _LEFT_OUT.search(line)]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".list") as contents:
        contents.write("\n".join(kept))
        contents.flush()
        tools.pipe(
            [
                "pg_restore",
                "--no-owner",
                "--no-privileges",
                f"--use-list={contents.name}",
                "--file=-",
                str(file),
            ],
            [
                *psql,
                "--set=ON_ERROR_STOP=1",
                tools.database,
                "--command=SET lock_timeout = '10s'",
                *(f"--command={statement}" for statement in before),
                "--file=-",
                *(f"--command={statement}" for statement in after),
            ],
        )
