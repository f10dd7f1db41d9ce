"""Addresses, and faults of the embedded server."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from wellhead.database.engine import database_url, dispose, get_engine
from wellhead.errors import SettingsError, StorageError
from wellhead.settings import get_settings


@pytest.fixture
def with_address(monkeypatch: pytest.MonkeyPatch):
    """Sets DATABASE_URL for one test."""

    def set_address(address: str) -> None:
        monkeypatch.setenv("DATABASE_URL", address)
        get_settings.cache_clear()
        dispose()

    yield set_address
    monkeypatch.undo()
    get_settings.cache_clear()
    dispose()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("not an address", "not an address"),
        ("mysql://user:secret@host/name", "names 'mysql'; Wellhead needs PostgreSQL"),
    ],
)
def test_a_wrong_address_is_one_line_without_the_password(address, words, with_address) -> None:
    with_address(address)
    with pytest.raises(SettingsError, match=words) as caught:
        database_url()
    assert "secret" not in str(caught.value)


def test_an_unreachable_server_is_one_line_that_names_the_setting(with_address) -> None:
    with_address("postgresql://user:secret@127.0.0.1:1/name")
    with pytest.raises(StorageError, match="Check DATABASE_URL") as caught:
        get_engine()
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


COUNT = """
import sqlalchemy as sa
from wellhead.database.engine import get_engine
with get_engine().connect() as connection:
    print(connection.scalar(sa.text("SELECT count(*) FROM batches")))
"""


def _count(var: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", COUNT],
        env={**os.environ, "WELLHEAD_VAR_DIR": str(var)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _hold_open(var: Path) -> subprocess.Popen[str]:
    """A process that has used the server and keeps running."""
    holder = subprocess.Popen(
        [sys.executable, "-c", COUNT + "\nimport sys; sys.stdout.flush(); sys.stdin.read()"],
        env={**os.environ, "WELLHEAD_VAR_DIR": str(var)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "0"
    return holder


def _postmaster(var: Path) -> int:
    return int((var / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


def test_the_embedded_server_replaces_an_incomplete_cluster(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "junk").write_text("half")
    assert _count(tmp_path).stdout.strip() == "0"


def test_the_embedded_server_starts_over_a_stale_pid_of_another_program(tmp_path: Path) -> None:
    assert _count(tmp_path).returncode == 0
    stale = tmp_path / "postgres" / "postmaster.pid"
    assert not stale.exists()  # the last process that used the server stopped it
    lines = [str(os.getpid()), str(tmp_path / "postgres"), "1", "5432", str(tmp_path), "", "0 0"]
    stale.write_text("\n".join([*lines, "ready"]) + "\n")
    ended = _count(tmp_path)
    assert ended.stdout.strip() == "0", ended.stderr


def test_the_embedded_server_recovers_when_it_was_killed(tmp_path: Path) -> None:
    holder = _hold_open(tmp_path)
    os.kill(_postmaster(tmp_path), signal.SIGKILL)
    holder.kill()
    holder.wait()
    ended = _count(tmp_path)
    assert ended.stdout.strip() == "0", ended.stderr


def test_a_server_whose_folder_was_deleted_does_not_disturb_the_next(tmp_path: Path) -> None:
    holder = _hold_open(tmp_path)
    orphan = _postmaster(tmp_path)
    shutil.rmtree(tmp_path / "postgres")
    assert _count(tmp_path).stdout.strip() == "0"
    assert not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == "zombie"
    holder.kill()
    holder.wait()


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    blocked = tmp_path / "var"
    blocked.write_text("a file where a folder belongs")
    ended = _count(blocked)
    assert ended.returncode != 0
    assert "StorageError: the embedded PostgreSQL cannot run in" in ended.stderr


def test_the_server_of_a_deep_folder_is_reachable(tmp_path: Path) -> None:
    """A Unix socket's path holds 107 characters; a checkout's path can be longer."""
    deep = tmp_path.joinpath(*["a-rather-long-folder-name"] * 6)
    deep.mkdir(parents=True)
    ended = _count(deep)
    assert ended.stdout.strip() == "0", ended.stderr
    shutil.rmtree(deep)
