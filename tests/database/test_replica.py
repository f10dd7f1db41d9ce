"""Reads use a real replica; programs that write read the primary."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from alembic import command

from tests.database.native import Cluster, replica_of
from tests.database.test_bars import WEEK, load
from tests.databases import at_revision, text_of
from wellhead.database.digests import stored_digest
from wellhead.database.engine import get_engine
from wellhead.database.operations import get_price_data
from wellhead.database.server import replica
from wellhead.database.server.replica import get_read_engine, hand_on_primary, reading_primary
from wellhead.database.server.status import database_status
from wellhead.errors import StorageError


@pytest.fixture(scope="module")
def standby(native: Cluster) -> Iterator[Cluster]:
    with replica_of(native) as cluster:
        yield cluster


@pytest.fixture
def pair(native: Cluster, standby: Cluster, point_at: Callable[..., None]) -> Iterator[sa.Engine]:
    """Primary and replica in use, with a new database; the primary's engine."""
    _make_database(native)
    point_at(
        DATABASE_URL=text_of(native.url, database="pair"),
        DATABASE_READ_URL=text_of(standby.url, database="pair"),
    )
    engine = get_engine()
    _wait(standby, engine)
    replica._replica.cache_clear()
    replica._require_recent.cache_clear()
    yield engine
    replica._replica.cache_clear()


def _make_database(native: Cluster) -> None:
    with _admin(native) as connection:
        connection.execute(sa.text("DROP DATABASE IF EXISTS pair WITH (FORCE)"))
        connection.execute(sa.text("CREATE DATABASE pair"))


@contextmanager
def _admin(cluster: Cluster) -> Iterator[sa.Connection]:
    url = cluster.url.set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection


def _wait(standby: Cluster, engine: sa.Engine) -> None:
    """Until the replica has replayed what the primary has written."""
    with engine.connect() as connection:
        written = connection.scalar(sa.text("SELECT pg_current_wal_lsn()::text"))
    with _admin(standby) as connection:
        for _ in range(100):
            done = "SELECT pg_last_wal_replay_lsn() >= CAST(:at AS pg_lsn)"
            if connection.scalar(sa.text(done), {"at": written}):
                return
            time.sleep(0.1)
    pytest.fail("the replica does not follow")


@contextmanager
def _paused(standby: Cluster) -> Iterator[None]:
    """The replica receives changes and does not replay them."""
    with _admin(standby) as connection:
        connection.execute(sa.text("SELECT pg_wal_replay_pause()"))
        try:
            yield
        finally:
            connection.execute(sa.text("SELECT pg_wal_replay_resume()"))


def test_reads_use_the_replica_and_writes_the_primary(pair, standby) -> None:
    load(WEEK, [1.0, 2.0, 3.0, 4.0, 5.0])
    _wait(standby, pair)
    with get_read_engine().connect() as connection:
        assert connection.scalar(sa.text("SELECT pg_is_in_recovery()"))
    assert len(get_price_data("WTI", "2020-01-01")) == 5
    with _paused(standby):
        load(WEEK[:1], [-36.98])
        assert get_price_data("WTI", "2020-01-01")["value"].iloc[0] == 1.0
        with reading_primary():
            assert get_price_data("WTI", "2020-01-01")["value"].iloc[0] == -36.98


def test_a_write_on_the_replica_is_refused_in_one_line(pair) -> None:
    refused = pytest.raises(StorageError, match=r"the database refused.*DATABASE_READ_URL")
    with refused as caught, get_read_engine().begin() as connection:
        connection.execute(sa.text("DELETE FROM observations"))
    assert "\n" not in str(caught.value)


def test_a_replica_too_far_behind_is_an_error_with_the_lag(pair, standby, monkeypatch) -> None:
    with _paused(standby):
        load(WEEK, [1.0, 2.0, 3.0, 4.0, 5.0])
        monkeypatch.setattr(replica.get_settings(), "database_read_max_lag", 0.1)
        time.sleep(0.3)
        replica._require_recent.cache_clear()
        with pytest.raises(StorageError, match=r"is \d+ s behind, 0\.1 s are allowed"):
            get_price_data("WTI", "2020-01-01")
        assert "s behind" in dict(database_status())["replica"]
    _wait(standby, pair)
    replica._require_recent.cache_clear()
    assert len(get_price_data("WTI", "2020-01-01")) == 5


def test_an_idle_replica_is_not_behind(pair, standby, monkeypatch) -> None:
    monkeypatch.setattr(replica.get_settings(), "database_read_max_lag", 0.0)
    time.sleep(0.3)  # nothing is written: the age of the last change grows, the lag does not
    _wait(standby, pair)
    assert replica.lag(get_read_engine()) == 0


def test_another_database_is_not_accepted_as_a_replica(pair, server, point_at) -> None:
    address = text_of(pair.url)
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text("DROP DATABASE IF EXISTS stranger WITH (FORCE)"))
        connection.execute(sa.text("CREATE DATABASE stranger"))
    stranger = text_of(server, database="stranger")
    point_at(DATABASE_URL=stranger)
    get_engine()
    point_at(DATABASE_URL=address, DATABASE_READ_URL=stranger)
    with pytest.raises(StorageError, match="names another database than DATABASE_URL"):
        stored_digest("WTI", "test")
    admin.dispose()


def test_a_replica_of_an_older_schema_is_an_error_that_names_the_owner(
    pair, standby, monkeypatch
) -> None:
    _wait(standby, pair)
    with _paused(standby), pair.begin() as connection:
        at_revision(connection, "0001", command.downgrade)
    _wait(standby, pair)
    monkeypatch.setattr(replica, "get_engine", lambda: pair)
    with pytest.raises(StorageError, match=r"has schema 0001.*wellhead database upgrade"):
        get_read_engine()


def test_a_replica_that_is_down_names_its_setting(pair, standby, point_at) -> None:
    gone = text_of(standby.url.set(port=1), database="pair")
    point_at(DATABASE_URL=text_of(pair.url), DATABASE_READ_URL=gone)
    with pytest.raises(StorageError, match="Check DATABASE_READ_URL") as caught:
        get_price_data("WTI", "2020-01-01")
    assert "battery" not in str(caught.value)
    assert "WARNING: the database failed" in dict(database_status())["replica"]


def test_an_error_names_the_setting_of_the_replica_whatever_the_server_says(
    pair, standby, point_at
) -> None:
    """The server's text names the setting too: here it is the name of the database."""
    missing = text_of(standby.url, database="DATABASE_READ_URL")
    point_at(DATABASE_URL=text_of(pair.url), DATABASE_READ_URL=missing)
    with pytest.raises(StorageError, match="Check DATABASE_READ_URL"):
        get_price_data("WTI")


def test_reading_goes_on_while_the_primary_is_down(pair, standby, point_at) -> None:
    load(WEEK, [1.0, 2.0, 3.0, 4.0, 5.0])
    _wait(standby, pair)
    away = text_of(pair.url.set(port=1))
    point_at(DATABASE_URL=away, DATABASE_READ_URL=text_of(standby.url, database="pair"))
    assert len(get_price_data("WTI", "2020-01-01")) == 5


def test_a_program_that_only_reads_can_use_the_replica_alone(pair, standby, point_at) -> None:
    load(WEEK, [1.0, 2.0, 3.0, 4.0, 5.0])
    _wait(standby, pair)
    point_at(DATABASE_URL=text_of(standby.url, database="pair"), DATABASE_READ_URL="")
    assert len(get_price_data("WTI", "2020-01-01")) == 5


def test_the_processes_of_a_run_read_the_primary(pair, monkeypatch) -> None:
    monkeypatch.setenv("DATABASE_READ_URL", os.environ["DATABASE_READ_URL"])  # put back at the end
    code = "from wellhead.database.server.replica import get_read_engine as g; print(g().url.port)"
    command = [sys.executable, "-c", code]
    before = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    hand_on_primary()
    after = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert int(after) == pair.url.port != int(before)
