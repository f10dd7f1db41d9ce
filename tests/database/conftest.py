"""A database of its own for each test that writes."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from wellhead.database import embedded
from wellhead.database.engine import dispose, get_engine
from wellhead.settings import get_settings


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> sa.URL:
    """One embedded server for all tests of this folder."""
    return sa.make_url(embedded.start(tmp_path_factory.mktemp("server")))


@pytest.fixture
def database(server: sa.URL, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """An empty, migrated database; `DATABASE_URL` names it."""
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text("DROP DATABASE IF EXISTS trial WITH (FORCE)"))
        connection.execute(sa.text("CREATE DATABASE trial"))
    address = server.set(database="trial", drivername="postgresql")
    monkeypatch.setenv("DATABASE_URL", address.render_as_string(hide_password=False))
    get_settings.cache_clear()
    dispose()
    yield get_engine()
    dispose()
    monkeypatch.undo()
    get_settings.cache_clear()
    admin.dispose()
