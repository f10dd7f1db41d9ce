"""A native server over TCP: password, TLS, and what goes wrong with them."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.commands import run_wellhead
from tests.database.native import PASSWORD, Cluster
from tests.database.test_bars import WEEK, load
from tests.databases import text_of
from wellhead.database.bars import get_bars
from wellhead.database.engine import get_engine
from wellhead.database.operations import get_price_data
from wellhead.database.server.status import database_status
from wellhead.errors import StorageError


@pytest.fixture
def address(native: Cluster) -> sa.URL:
    """A new database on the native server."""
    admin = sa.create_engine(
        native.url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(sa.text("DROP DATABASE IF EXISTS trial WITH (FORCE)"))
        connection.execute(sa.text("CREATE DATABASE trial"))
    admin.dispose()
    return native.url.set(database="trial")


def _refusal(url: sa.URL, point_at: Callable[..., None]) -> str:
    point_at(DATABASE_URL=text_of(url))
    with pytest.raises(StorageError) as caught:
        get_engine()
    line = str(caught.value)
    assert "\n" not in line
    assert PASSWORD not in line
    assert "battery" not in line
    return line


def test_prices_come_back_over_tls_with_a_checked_certificate(address, point_at) -> None:
    point_at(DATABASE_URL=text_of(address))
    load(WEEK, [-36.98, 8.91, 13.64, 15.06, 15.99])
    assert get_price_data("WTI", "2020-01-01")["value"].iloc[0] == -36.98
    assert get_bars("WTI", "2020-01-01")["low"].tolist() == [-36.98]
    status = dict(database_status())
    assert status["connection"] == "TLS, certificate checked (verify-full)"
    assert "127.0.0.1" in status["server"]
    assert PASSWORD not in str(status)


def test_a_strangers_certificate_is_refused(address, native, point_at) -> None:
    stranger = str(native.authority.with_name("stranger.pem"))
    line = _refusal(address.update_query_dict({"sslrootcert": stranger}), point_at)
    assert "certificate verify failed" in line


def test_a_certificate_of_another_host_is_refused(address, point_at) -> None:
    assert "does not match host name" in _refusal(address.set(host="localhost"), point_at)


def test_a_server_that_requires_tls_refuses_a_connection_without(address, point_at) -> None:
    line = _refusal(address.update_query_dict({"sslmode": "disable"}), point_at)
    assert "no encryption" in line


def test_a_wrong_password_is_not_in_the_error(address, point_at) -> None:
    line = _refusal(address.set(password="hunter2"), point_at)  # noqa: S106 - a wrong one
    assert "password authentication failed" in line
    assert "hunter2" not in line


def test_the_status_warns_of_an_unchecked_certificate(address, point_at) -> None:
    point_at(DATABASE_URL=text_of(address.update_query_dict({"sslmode": "require"})))
    assert "sslmode is require, not verify-full" in dict(database_status())["connection"]


@pytest.mark.slow
def test_commands_mlflow_roles_and_backup_work_over_tls(address, tmp_path) -> None:
    settings = {"DATABASE_URL": text_of(address), "WELLHEAD_VAR_DIR": str(tmp_path / "var")}
    file = str(tmp_path / "backup.dump")
    for words in (
        ["ingest", "--series", "WTI"],
        ["database", "upgrade"],
        ["database", "roles"],
        ["database", "backup", file],
        ["database", "restore", "--replace", file],
        ["database", "status"],
    ):
        ended = run_wellhead(*words, **settings)
        assert ended.returncode == 0, ended.stderr
        assert "battery" not in ended.stdout + ended.stderr
    assert "8,714 rows" in ended.stdout
    assert "a member of wellhead_owner" in ended.stdout
