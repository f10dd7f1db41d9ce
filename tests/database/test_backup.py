"""A restore brings every table back, and a restore that fails changes nothing."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from alembic import command

from tests.commands import run_wellhead
from tests.database.test_bars import WEEK, load, walk
from tests.database.test_roles import TRACK, _python
from tests.databases import IN_NODE, a_timescale_server, at_revision, text_of
from wellhead.database.bars import get_bars, refresh_bars
from wellhead.database.engine import database_url, dispose, get_engine, open_engine
from wellhead.database.operations import get_price_data, read_table
from wellhead.database.runs import one_run_at_a_time, start_run
from wellhead.database.server import roles, timescale
from wellhead.database.server.backup import complete, dump, load_dump, run_restore
from wellhead.database.server.schema_upgrade import revision
from wellhead.database.server.tools import Tools
from wellhead.database.writing import write_rows
from wellhead.errors import BusyError, StorageError

VALUES = [-36.98, 8.91, 13.64, 15.06, 15.99]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The path of a backup, in a folder with a space in its name."""
    (tmp_path / "my backups").mkdir()
    return tmp_path / "my backups" / "today.dump"


def restore(file: Path, *, replace: bool = False) -> None:
    complete(load_dump(file, replace=replace))


def digests(engine: sa.Engine) -> dict[str, str]:
    """A digest of all rows of each of our and MLflow's tables."""
    tables = (
        "SELECT schemaname || '.' || tablename FROM pg_tables "
        "WHERE schemaname IN ('public', 'mlflow')"
    )
    with engine.connect() as connection:
        return {
            name: connection.scalar(
                sa.text(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} AS t")  # noqa: S608
            )
            for name in connection.scalars(sa.text(tables)).all()
        }


def destroy(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for schema in ("public", "mlflow"):
            connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))


@pytest.mark.slow
def test_every_table_comes_back_as_it_was(database: sa.Engine, file: Path, tmp_path: Path) -> None:
    load(*walk("1986-01-02", 5_000))
    load(WEEK, VALUES)
    start_run("archive")
    decision = {
        "commodity": "WTI",
        "target_kind": "daily",
        "decided_at": WEEK[0],
        "model": "m",
        "model_version": "1",
        "reason": "it's\tgood\n−36.98",
        "alarm": False,
    }
    write_rows("promotions", pd.DataFrame([decision]))
    tracked = _python(TRACK, DATABASE_URL=text_of(database.url), WELLHEAD_VAR_DIR=str(tmp_path))
    assert tracked.returncode == 0, tracked.stderr
    before = digests(database)
    assert {"public.observations", "public.identity", "mlflow.registered_models"} <= set(before)
    dump(file)
    assert file.stat().st_mode & 0o777 == 0o600
    destroy(database)
    restore(file)
    assert digests(get_engine()) == before
    assert get_bars("WTI", WEEK[0])["low"].tolist() == [-36.98]


def test_existing_data_is_not_overwritten_without_replace(database: sa.Engine, file: Path) -> None:
    load(WEEK, VALUES)
    dump(file)
    load(WEEK[:1], [1.0])
    before = digests(database)
    with pytest.raises(StorageError, match="not empty: it holds observations, batches") as caught:
        restore(file)
    assert "\n" not in str(caught.value)
    assert digests(database) == before
    restore(file, replace=True)
    assert get_price_data("WTI", WEEK[0])["value"].tolist() == VALUES


def test_restoring_a_truncated_backup_changes_nothing(database: sa.Engine, file: Path) -> None:
    load(*walk("1986-01-02", 5_000))
    dump(file)
    before = digests(database)
    whole = file.read_bytes()
    for part in (0.3, 0.9):
        file.write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises(StorageError, match="The database was not changed") as caught:
            restore(file, replace=True)
        assert "\n" not in str(caught.value)
        assert digests(get_engine()) == before


def test_a_restore_that_psql_refuses_changes_nothing(database: sa.Engine, file: Path) -> None:
    load(WEEK, VALUES)
    with database.begin() as connection:  # another program's, in its own schema
        connection.execute(sa.text("CREATE SCHEMA other CREATE TABLE kept (a integer)"))
    dump(file)
    before = digests(database)
    with pytest.raises(StorageError, match=r'psql failed: .*schema "other" already exists'):
        restore(file, replace=True)
    assert digests(get_engine()) == before


def test_no_restore_while_a_run_works(database: sa.Engine, file: Path) -> None:
    dump(file)
    with one_run_at_a_time(), pytest.raises(BusyError, match="a run is at work"):
        restore(file)


def test_a_backup_leaves_an_older_schema_and_a_restore_brings_it_up_to_date(
    database: sa.Engine, file: Path
) -> None:
    load(WEEK, VALUES)
    with database.begin() as connection:
        at_revision(connection, "0001", command.downgrade)
    dispose()
    dump(file)
    engine = open_engine(database_url())
    with engine.connect() as connection:
        assert revision(connection) == "0001"
    destroy(engine)
    engine.dispose()
    restore(file)
    assert get_bars("WTI", WEEK[0])["low"].tolist() == [-36.98]


def test_a_backup_replaces_a_database_of_another_schema(
    database: sa.Engine, file: Path, tmp_path: Path
) -> None:
    older = tmp_path / "older.dump"
    load(WEEK, VALUES)
    dump(file)
    with database.begin() as connection:
        at_revision(connection, "0001", command.downgrade)
    dispose()
    dump(older)
    restore(file, replace=True)
    restore(older, replace=True)
    assert get_bars("WTI", WEEK[0])["low"].tolist() == [-36.98]
    assert read_table("forecasts").empty


def test_roles_are_set_up_again(database: sa.Engine, file: Path) -> None:
    with database.begin() as connection:
        roles.make(connection)
    load(WEEK, VALUES)
    dump(file)
    restore(file, replace=True)
    with get_engine().begin() as connection:
        assert roles.in_place(connection)
        connection.execute(sa.text(f"SET LOCAL ROLE {roles.READER}"))
        assert connection.scalar(sa.text("SELECT count(*) FROM prices_weekly")) == 1
    assert len(read_table("observations")) == 5


def _newer_tools(connection: sa.Connection) -> Tools:
    """The programs of PostgreSQL 18, which the embedded server brings: they dump the older one."""
    tools = Tools(connection)
    tools._major = 18
    return tools


@pytest.mark.slow
@pytest.mark.parametrize("database", ["timescale"], indirect=True)
def test_hypertables_aggregates_and_jobs_come_back_on_another_timescaledb(
    database: sa.Engine, file: Path, point_at: Callable[..., None]
) -> None:
    load(*walk("1986-01-02", 3_000))
    load(WEEK, VALUES)
    refresh_bars()
    with database.begin() as connection:
        connection.execute(sa.text("SELECT compress_chunk(c) FROM show_chunks('observations') c"))
        for statement in (  # the other server does not have the role
            "CREATE ROLE keeper LOGIN",
            "UPDATE _timescaledb_config.bgw_job SET owner = 'keeper' WHERE id >= 1000",
        ):
            connection.execute(sa.text(statement))
    with database.connect() as connection:
        tools = _newer_tools(connection)
    before = get_price_data("WTI", "1986-01-01"), get_bars("WTI", "1986-01-01", period="monthly")
    dispose()
    # INSERT and not COPY, which this server lacks.
    tools.run(
        "pg_dump", "--format=custom", "--rows-per-insert=200", f"--file={file}", tools.database
    )
    with a_timescale_server() as url:
        point_at(DATABASE_URL=text_of(url), **IN_NODE)
        engine = open_engine(database_url())
        timescale.provide(engine)
        with engine.connect() as connection:
            tools = _newer_tools(connection)
            first, last = timescale.around_restore(connection)
        engine.dispose()
        run_restore(file, tools.run("pg_restore", "--list", str(file)), tools, [first], [last])
        with get_engine().begin() as connection:
            timescale.adopt(connection)
        _require_as_before(*before)
        dispose()


def _require_as_before(prices: pd.DataFrame, bars: pd.DataFrame) -> None:
    with get_engine().connect() as connection:
        assert timescale.adopted(connection)
        assert timescale.chunks(connection).startswith("observations in 4 chunks, 4 compressed")
        jobs = "SELECT proc_name FROM timescaledb_information.jobs WHERE job_id >= 1000"
        assert sorted(connection.scalars(sa.text(jobs))) == [
            "policy_compression",
            "policy_compression",
            "refresh_bars",
        ]
        assert connection.scalar(sa.text("SHOW timescaledb.restoring")) == "off"
    pd.testing.assert_frame_equal(get_price_data("WTI", "1986-01-01"), prices)
    refresh_bars()
    pd.testing.assert_frame_equal(get_bars("WTI", "1986-01-01", period="monthly"), bars)
    assert load(WEEK[:1], [1.0]) == (0, 1)  # a revision in a compressed chunk


def test_tools_of_another_version_than_the_server_are_an_error(database: sa.Engine) -> None:
    with database.connect() as connection:
        tools = Tools(connection)
    tools._major = 11
    with pytest.raises(StorageError) as caught:
        tools.run("pg_dump", "--version")
    line = str(caught.value)
    assert line.startswith("pg_dump of PostgreSQL 11, the server's version, is not installed (")
    assert "postgresql-client-11" in line
    assert "\n" not in line


def test_no_password_is_on_a_command_line(database: sa.Engine) -> None:
    secret = "x y'z"  # noqa: S105 - of nobody
    engine = open_engine(database.url.set(password=secret))  # trusted without one
    with engine.connect() as connection:
        tools = Tools(connection)
    assert secret not in tools.database
    assert "password" not in tools.database
    assert tools._environment["PGPASSWORD"] == secret
    engine.dispose()


def test_the_commands_print_what_they_did(database: sa.Engine, file: Path, tmp_path: Path) -> None:
    load(WEEK, VALUES)
    settings = {"DATABASE_URL": text_of(database.url), "WELLHEAD_VAR_DIR": str(tmp_path / "var")}
    written = run_wellhead("database", "backup", str(file), **settings)
    assert "It holds no keys and passwords" in written.stdout, written.stderr
    refused = run_wellhead("database", "restore", str(file), **settings)
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: the database is not empty")
    again = run_wellhead("database", "restore", "--replace", str(file), **settings)
    assert "The workbench is as it was when" in again.stdout, again.stderr
