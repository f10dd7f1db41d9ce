"""A database of its own for each test that writes: on the embedded server, or on TimescaleDB."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config

from tests.database.native import Cluster, binaries, running
from tests.isolation import forget
from wellhead.database import engine
from wellhead.database.engine import get_engine
from wellhead.database.server import embedded

TIMESCALE = Path(__file__).parent / "database" / "timescale"
BOTH = pytest.mark.parametrize("database", ["plain", "timescale"], indirect=True)
"""Mark of the tests that have to hold on a plain server and on TimescaleDB."""
IN_NODE = {"DATABASE_CONNECTIONS": "1", "DATABASE_BULK": "rows"}
"""Settings for the TimescaleDB of the tests: one connection at a time, and no COPY."""
_NAMES = (f"trial_{number}" for number in itertools.count())


def lacking(what: str) -> None:
    """Report a program that is missing on this machine: in CI a failure, else a skip."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> sa.URL:
    """One embedded server for all tests of a process."""
    return embedded.start(tmp_path_factory.mktemp("server"))


@contextmanager
def a_timescale_server() -> Iterator[sa.URL]:
    """A server that offers TimescaleDB, in a Node process on a loopback port."""
    if shutil.which("node") is None or not (TIMESCALE / "node_modules").is_dir():
        lacking("no TimescaleDB: install Node 18 or later; `npm ci` in tests/database/timescale")
    process = subprocess.Popen(
        ["node", "serve.mjs"],
        cwd=TIMESCALE,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    port = process.stdout.readline().strip()
    assert port, "the TimescaleDB for tests did not start: run `node serve.mjs` there"
    yield sa.make_url(f"postgresql://postgres:any@127.0.0.1:{port}/postgres?sslmode=disable")
    process.stdin.close()
    process.wait(10)


@pytest.fixture(scope="session")
def timescale_server() -> Iterator[sa.URL]:
    """One TimescaleDB for all tests of a process."""
    with a_timescale_server() as url:
        yield url


@pytest.fixture(scope="session")
def native() -> Iterator[Cluster]:
    """One native PostgreSQL for all tests of a process, over TCP with password and TLS."""
    if binaries() is None:
        lacking("no native PostgreSQL: install Debian's package postgresql")
    with running() as cluster:
        yield cluster


@contextmanager
def an_empty_database(kind: str, request: pytest.FixtureRequest) -> Iterator[sa.URL]:
    """The address of an empty database on a `plain` or `timescale` server.

    Its name is new each time: MLflow remembers by its address that a database has its tables.
    """
    if kind == "timescale":
        yield _emptied(request.getfixturevalue("timescale_server"))
        return
    server, name = request.getfixturevalue("server"), next(_NAMES)
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield server.set(database=name, drivername="postgresql")
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


def _emptied(server: sa.URL) -> sa.URL:
    """The only database that this server can have, cleared of an earlier test's tables."""
    admin = sa.create_engine(
        server.set(drivername="postgresql+psycopg"),
        poolclass=sa.NullPool,
        connect_args={"prepare_threshold": None},
        isolation_level="AUTOCOMMIT",
    )
    with admin.connect() as connection:
        connection.execute(sa.text("DROP SCHEMA IF EXISTS mlflow CASCADE"))
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        for name in connection.scalars(sa.text(tables)).all():
            connection.execute(sa.text(f"DROP TABLE {name} CASCADE"))
    return server


@pytest.fixture
def point_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Sets settings for one test; the next call reads them and connects anew."""

    def point(**settings: str) -> None:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        forget()

    yield point
    monkeypatch.undo()
    forget()


def text_of(url: sa.URL, **changes: str) -> str:
    """The text of an address, password included."""
    return url.set(drivername="postgresql", **changes).render_as_string(hide_password=False)


def at_revision(connection: sa.Connection, revision: str, move: Callable[..., None]) -> None:
    """Bring a database to an older revision, by `alembic.command.upgrade` or `downgrade`."""
    config = Config()
    config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    move(config, revision)


@pytest.fixture
def database(request: pytest.FixtureRequest, point_at: Callable[..., None]) -> Iterator[sa.Engine]:
    """An empty, migrated database; `DATABASE_URL` names it. See `BOTH` for the other server."""
    kind = getattr(request, "param", "plain")
    with an_empty_database(kind, request) as url:
        point_at(DATABASE_URL=text_of(url), **(IN_NODE if kind == "timescale" else {}))
        yield get_engine()
        forget()
