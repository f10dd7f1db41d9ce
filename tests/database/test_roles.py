"""Each role can do its work; everything else is refused with a one-line error."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from alembic import command

from tests.commands import run_wellhead
from tests.database.test_bars import WEEK, load
from tests.databases import at_revision, text_of
from wellhead.database.bars import get_bars, refresh_bars
from wellhead.database.engine import get_engine
from wellhead.database.operations import get_price_data, read_table
from wellhead.database.runs import end_run, one_run_at_a_time, start_run
from wellhead.database.server import roles, timescale
from wellhead.database.server.schema_upgrade import newest_revision, upgrade_schema
from wellhead.errors import StorageError

USERS = {"wh_olga": roles.OWNER, "wh_walt": roles.WRITER, "wh_rita": roles.READER, "wh_none": None}

CHANGES = [
    "DROP TABLE observations",
    "ALTER TABLE observations ADD COLUMN more integer",
    "TRUNCATE observations",
    "DELETE FROM observations",
    "UPDATE observations SET value = 1",
    "UPDATE ledger SET mean = 1",
    "DELETE FROM ledger",
    "UPDATE pipeline_runs SET run_id = 'x'",
    "DELETE FROM batches",
    "INSERT INTO identity VALUES ('x')",
    "INSERT INTO alembic_version VALUES ('x')",
    "DROP VIEW prices_daily",
    "CREATE TABLE more (a integer)",
    "DROP SCHEMA mlflow CASCADE",
]


@pytest.fixture
def log_in(
    server: sa.URL, database: sa.Engine, point_at: Callable[..., None]
) -> Iterator[Callable[[str], str]]:
    """Logs in as one of the users, in a database whose roles are set up; gives the address."""
    with database.begin() as connection:
        roles.make(connection)
        for user, role in USERS.items():
            connection.execute(sa.text(f"CREATE ROLE {user} LOGIN"))
            if role:
                connection.execute(sa.text(f"GRANT {role} TO {user}"))

    def log_in(user: str) -> str:
        address = text_of(server, database=database.url.database, username=user)
        point_at(DATABASE_URL=address)
        return address

    yield log_in
    point_at(DATABASE_URL=text_of(server, database=database.url.database))
    with get_engine().begin() as connection:
        for user in USERS:
            connection.execute(sa.text(f"DROP OWNED BY {user}"))
            connection.execute(sa.text(f"DROP ROLE {user}"))


def refused(statement: str) -> str:
    """The error message of a statement that is refused."""
    with pytest.raises(StorageError) as caught, get_engine().begin() as connection:
        connection.execute(sa.text(statement))
    line = str(caught.value)
    assert line.startswith("the database refused: ")
    assert "\n" not in line
    return line


def test_a_writer_loads_runs_and_reads(log_in) -> None:
    log_in("wh_walt")
    assert load(WEEK, [1.0, 2.0, 3.0, 4.0, 5.0]) == (5, 0)
    assert load(WEEK[:1], [-36.98]) == (0, 1)
    refresh_bars()
    with one_run_at_a_time():
        run_id = start_run("archive")
        end_run(run_id, "done", {})
    assert read_table("pipeline_runs")["status"].tolist() == ["done"]
    assert get_bars("WTI", WEEK[0])["low"].tolist() == [-36.98]


@pytest.mark.parametrize("statement", CHANGES)
def test_a_writer_cannot_change_what_is_stored(statement: str, log_in) -> None:
    log_in("wh_walt")
    load(WEEK, [1.0, 2.0, 3.0, 4.0, 5.0])
    refused(statement)
    assert len(get_price_data("WTI", "2020-01-01")) == 5


@pytest.mark.parametrize(
    "statement", [*CHANGES, "INSERT INTO leaderboard SELECT * FROM leaderboard"]
)
def test_a_reader_cannot_change_anything(statement: str, log_in) -> None:
    log_in("wh_rita")
    refused(statement)


def test_a_reader_can_read_later_tables(log_in) -> None:
    log_in("wh_walt")
    load(WEEK, [1.0, 2.0, 3.0, 4.0, 5.0])
    log_in("wh_olga")
    with get_engine().begin() as connection:
        roles.become_owner(connection)
        connection.execute(sa.text("CREATE TABLE later AS SELECT 1 AS a"))
        connection.execute(sa.text("CREATE TABLE mlflow.later AS SELECT 2 AS a"))
    log_in("wh_rita")
    assert len(get_price_data("WTI", "2020-01-01")) == 5
    with get_engine().connect() as connection:
        assert connection.scalar(sa.text("SELECT a FROM later")) == 1
        assert connection.scalar(sa.text("SELECT a FROM mlflow.later")) == 2


def test_a_user_without_a_role_gets_a_clear_error(log_in) -> None:
    log_in("wh_none")
    with pytest.raises(StorageError, match="permission denied for table alembic_version"):
        get_engine()


@pytest.mark.parametrize("user", ["wh_walt", "wh_rita"])
def test_a_user_who_may_not_migrate_must_ask_the_owner(
    user: str, log_in, database: sa.Engine
) -> None:
    log_in("wh_olga")
    with database.begin() as connection:
        roles.become_owner(connection)
        at_revision(connection, "0001", command.downgrade)
    log_in(user)
    with pytest.raises(StorageError) as caught:
        get_engine()
    line = str(caught.value)
    assert f"schema is at 0001 and this version needs {newest_revision()}" in line
    assert "Ask the owner to run `wellhead database upgrade`" in line
    log_in("wh_olga")
    upgrade_schema(get_engine())
    log_in(user)
    assert read_table("observations").empty


def test_objects_of_a_migration_belong_to_the_owner_role(log_in, database: sa.Engine) -> None:
    log_in("wh_olga")
    with database.begin() as connection:
        roles.become_owner(connection)
        at_revision(connection, "0001", command.downgrade)
    with get_engine().connect() as connection:
        owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        assert connection.scalars(sa.text(owners)).all() == [roles.OWNER]
        views = "SELECT DISTINCT viewowner FROM pg_views WHERE schemaname = 'public'"
        assert connection.scalars(sa.text(views)).all() == [roles.OWNER]


TRACK = """
from wellhead.tracking.client import client, experiment
from wellhead.tracking.runs import open_run
with open_run("trial", "a run", {"p": 1}, {"t": "x"}) as run:
    pass
client().set_tag(run.run_id, "t", "y")
client().delete_tag(run.run_id, "t")
client().create_registered_model("M")
print(client().get_run(run.run_id).data.params)
"""
LOOK = """
from wellhead.errors import NoChampionError
from wellhead.tracking.client import client
from wellhead.tracking.registry import champion
print([model.name for model in client().search_registered_models()])
try:
    champion("WTI")
except NoChampionError as error:
    print(error)
client().create_registered_model("N")
"""


def _python(code: str, **settings: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_the_writer_tracks_models_and_the_reader_reads_them(log_in, tmp_path) -> None:
    var = {"WELLHEAD_VAR_DIR": str(tmp_path)}
    early = _python(TRACK, DATABASE_URL=log_in("wh_walt"), **var)
    assert "Ask the owner to run `wellhead database upgrade`" in early.stderr.splitlines()[-1]
    upgraded = run_wellhead("database", "upgrade", DATABASE_URL=log_in("wh_olga"), **var)
    assert upgraded.returncode == 0, upgraded.stderr
    tracked = _python(TRACK, DATABASE_URL=log_in("wh_walt"), **var)
    assert tracked.stdout.strip() == "{'p': '1'}", tracked.stderr
    seen = _python(LOOK, DATABASE_URL=log_in("wh_rita"), **var)
    assert "['M']" in seen.stdout, seen.stderr
    assert "no champion is registered for WTI" in seen.stdout
    assert "permission denied for table registered_models" in seen.stderr
    log_in("wh_walt")
    refused("DROP TABLE mlflow.runs")
    refused("INSERT INTO mlflow.alembic_version VALUES ('x')")


@pytest.mark.slow
def test_the_commands_work_for_a_writer(log_in, tmp_path) -> None:
    settings = {"DATABASE_URL": log_in("wh_walt"), "WELLHEAD_VAR_DIR": str(tmp_path)}
    loaded = run_wellhead("ingest", "--series", "BRENT", **settings)
    assert "new, 0 revised" in loaded.stdout, loaded.stderr
    for subcommand in ("roles", "upgrade"):
        ended = run_wellhead("database", subcommand, **settings)
        assert ended.returncode == 1
        assert ended.stderr.startswith("error: "), ended.stderr
        assert len(ended.stderr.strip().splitlines()) == 1
    status = run_wellhead("database", "status", **settings).stdout
    assert "wh_walt, a member of wellhead_writer, wellhead_reader" in status


class TestTimescale:
    """The same on hypertables; one connection acts as every user."""

    pytestmark = pytest.mark.parametrize("database", ["timescale"], indirect=True)

    @pytest.fixture
    def play(self, database: sa.Engine) -> Iterator[Callable[[str], None]]:
        with database.begin() as connection:
            roles.make_roles(connection)
            roles.hand_over(connection)

        def play(role: str | None) -> None:
            with database.connect() as connection:
                connection.execute(sa.text(f"SET ROLE {role}" if role else "RESET ROLE"))
                connection.commit()

        yield play
        play(None)

    def test_a_hypertable_survives_a_change_of_owner(self, play, database: sa.Engine) -> None:
        with database.connect() as connection:
            assert timescale.adopted(connection)
            jobs = "SELECT DISTINCT owner FROM timescaledb_information.jobs WHERE job_id >= 1000"
            assert connection.scalars(sa.text(jobs)).all() == [roles.OWNER]

    def test_a_writer_loads_into_compressed_chunks_too(self, play, database: sa.Engine) -> None:
        play(roles.WRITER)
        assert load(WEEK, [1.0, 2.0, 3.0, 4.0, 5.0]) == (5, 0)
        play(roles.OWNER)
        with database.begin() as connection:
            query = "SELECT count(compress_chunk(c)) FROM show_chunks('observations') AS c"
            assert connection.scalar(sa.text(query)) == 1
        play(roles.WRITER)
        assert load(WEEK[:2], [-36.98, 2.0]) == (0, 1)
        play(roles.READER)
        prices = get_price_data("WTI", "2020-01-01")
        assert prices["value"].tolist() == [-36.98, 2.0, 3.0, 4.0, 5.0]

    def test_a_refresh_by_a_writer_starts_the_job_at_once(self, play, database: sa.Engine) -> None:
        play(roles.OWNER)
        load(WEEK, [1.0, 2.0, 3.0, 4.0, 5.0])
        refresh_bars()
        play(roles.WRITER)
        load(WEEK[:1], [-36.98])
        refresh_bars()
        due = "SELECT next_start <= now() FROM timescaledb_information.jobs WHERE job_id = :job"
        with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            find = "SELECT job_id FROM timescaledb_information.jobs WHERE proc_name='refresh_bars'"
            job = connection.scalar(sa.text(find))
            assert connection.scalar(sa.text(due), {"job": job})
            connection.execute(sa.text(f"SET ROLE {roles.OWNER}"))
            connection.execute(sa.text(f"CALL run_job({job})"))
        assert get_bars("WTI", WEEK[0])["low"].tolist() == [-36.98]

    @pytest.mark.parametrize(
        "statement",
        [
            *CHANGES[:-3],
            "DROP MATERIALIZED VIEW prices_weekly",
            "SELECT drop_chunks('observations', older_than => INTERVAL '1 day')",
            "SELECT decompress_chunk(c) FROM show_chunks('observations') AS c",
            "SELECT remove_compression_policy('observations')",
        ],
    )
    def test_a_writer_cannot_change_what_is_stored(self, statement: str, play) -> None:
        play(roles.WRITER)
        load(WEEK, [1.0, 2.0, 3.0, 4.0, 5.0])
        refused(statement)
