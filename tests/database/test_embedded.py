"""The embedded server: any folder, any locale, private, and gone when nobody uses it."""

import functools
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from wellhead.database.server import embedded
from wellhead.database.server.cluster import running

COUNT = """
import sqlalchemy as sa
from wellhead.database.engine import get_engine
with get_engine().connect() as connection:
    print(connection.scalar(sa.text("SELECT count(*) FROM batches")), flush=True)
"""
WAIT = COUNT + "import sys; sys.stdin.read()"
CONNECT = """
import socket, sys
try:
    socket.socket(socket.AF_UNIX).connect(sys.argv[1])
except PermissionError:
    sys.exit("refused")
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
NOBODY = 65534


def _count(var: Path, **options) -> subprocess.CompletedProcess[str]:
    variables = options.pop("variables", {})
    return subprocess.run(
        [sys.executable, "-c", COUNT],
        env={**os.environ, "WELLHEAD_VAR_DIR": str(var), **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


def _hold_open(var: Path, **variables: str) -> subprocess.Popen[str]:
    """A process that has used the server and keeps running."""
    holder = subprocess.Popen(
        [sys.executable, "-c", WAIT],
        env={**os.environ, "WELLHEAD_VAR_DIR": str(var), **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job may ignore it
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "0"
    return holder


def _postmaster(var: Path) -> int:
    server = running(var / "postgres")
    assert server is not None
    return server.pid


def _socket_folder(var: Path) -> Path:
    server = running(var / "postgres")
    assert server is not None
    return server.socket_folder


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.1)
    return holds()


def _gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("name", ["My Drive", "it's", "oil & gas (new)", 'a "b" $HOME; `c`', "ü"])
def test_any_folder_will_do(name: str, tmp_path: Path) -> None:
    ended = _count(tmp_path / name / "var")
    assert ended.stdout.strip() == "0", ended.stderr


def test_a_socket_has_a_short_path_where_the_folder_has_a_long_one(tmp_path: Path) -> None:
    """A socket's path holds 107 characters; a checkout's path can be longer."""
    deep = tmp_path.joinpath(*["a-rather-long-folder-name"] * 6)
    ended = _count(deep)
    assert ended.stdout.strip() == "0", ended.stderr
    shutil.rmtree(deep)


def test_neither_locale_nor_variables_of_postgresql_reach_the_server(tmp_path: Path) -> None:
    foreign = {"LC_ALL": "de_XX.UTF-8", "LANG": "xx_XX", "PGPORT": "1", "PGHOST": "192.0.2.1"}
    ended = _count(tmp_path, variables=foreign)
    assert ended.stdout.strip() == "0", ended.stderr


def test_text_sorts_alike_on_every_machine(server: sa.URL) -> None:
    engine = sa.create_engine(server)
    with engine.connect() as connection:
        order = "SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['b', 'A', 'ä', 'a', 'B']) x"
        assert connection.scalar(sa.text(order)) == "ABabä"
    engine.dispose()


def test_only_its_owner_reaches_the_socket(tmp_path: Path) -> None:
    holder = _hold_open(tmp_path)
    folder = _socket_folder(tmp_path)
    (path,) = folder.glob(".s.PGSQL.*[0-9]")
    for private in (folder, path, tmp_path / "postgres"):
        assert private.stat().st_mode & 0o077 == 0, private
        assert private.owner() == psutil.Process(_postmaster(tmp_path)).username()
    holder.kill()
    holder.wait()


@as_root
def test_another_user_of_the_machine_cannot_connect(tmp_path: Path) -> None:
    holder = _hold_open(tmp_path)
    (path,) = _socket_folder(tmp_path).glob(".s.PGSQL.*[0-9]")
    socket.socket(socket.AF_UNIX).connect(str(path))  # the owner can
    other = subprocess.run(
        ["/usr/bin/python3", "-c", CONNECT, path],
        user=NOBODY,
        group=NOBODY,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert other.stderr.strip() == "refused"
    holder.kill()
    holder.wait()


def test_users_of_the_machine_share_nothing_in_the_temporary_folder(tmp_path: Path) -> None:
    """A lock file there, made by one user, would lock out the next."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # pytest's is too long for a socket
        shared = Path(name)
        shared.chmod(0o711)
        holder = _hold_open(tmp_path, XDG_RUNTIME_DIR=name)
        assert [path.name for path in shared.iterdir()] == [_socket_folder(tmp_path).name]
        holder.communicate("")
        assert _within(20, lambda: not any(shared.iterdir()))


def test_a_server_ends_when_all_its_users_were_killed(tmp_path: Path) -> None:
    users = [_hold_open(tmp_path), _hold_open(tmp_path)]
    server, folder = _postmaster(tmp_path), _socket_folder(tmp_path)
    users[0].kill()
    users[0].wait()
    assert not _within(1, lambda: _gone(server))
    users[1].kill()
    users[1].wait()
    assert _within(20, lambda: _gone(server) and not folder.exists())
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


def test_a_killed_user_does_not_keep_the_server_from_ending_with_the_last(tmp_path: Path) -> None:
    killed, last = _hold_open(tmp_path), _hold_open(tmp_path)
    server = _postmaster(tmp_path)
    killed.kill()
    killed.wait()
    last.communicate("")
    assert _gone(server)


def test_a_server_ends_with_ctrl_c(tmp_path: Path) -> None:
    user = _hold_open(tmp_path)
    server = _postmaster(tmp_path)
    os.killpg(user.pid, signal.SIGINT)
    user.wait(20)
    assert _within(20, lambda: _gone(server))


def test_a_server_that_died_is_started_again_by_the_process_that_uses_it(tmp_path: Path) -> None:
    url = embedded.start(tmp_path)
    engine = sa.create_engine(url, pool_pre_ping=True)
    for _ in range(2):
        with engine.connect() as connection:
            backend = connection.scalar(sa.text("SELECT pg_backend_pid()"))
        os.kill(_postmaster(tmp_path), signal.SIGKILL)
        # It outlives its server by a moment, in which it would answer.
        assert _within(20, functools.partial(_gone, backend))
        assert running(tmp_path / "postgres") is None
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
    engine.dispose()
    embedded.release(tmp_path)
    assert running(tmp_path / "postgres") is None


def test_a_server_whose_socket_was_removed_is_started_again(tmp_path: Path) -> None:
    """Some systems clean their temporary folders."""
    holder = _hold_open(tmp_path)
    removed = _socket_folder(tmp_path)
    shutil.rmtree(removed)
    assert _count(tmp_path).stdout.strip() == "0"
    assert _socket_folder(tmp_path) != removed
    holder.kill()
    holder.wait()


def test_an_incomplete_cluster_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "junk").write_text("half")
    assert _count(tmp_path).stdout.strip() == "0"


def test_the_pid_file_of_another_program_is_no_server(tmp_path: Path) -> None:
    assert _count(tmp_path).returncode == 0
    stale = tmp_path / "postgres" / "postmaster.pid"
    assert not stale.exists()  # the last process that used the server stopped it
    lines = [str(os.getpid()), str(tmp_path / "postgres"), "1", "5432", str(tmp_path), "", "0 0"]
    stale.write_text("\n".join([*lines, "ready"]) + "\n")
    ended = _count(tmp_path)
    assert ended.stdout.strip() == "0", ended.stderr
    assert tmp_path.exists()  # the folder that the file names as the socket's


def test_the_server_recovers_when_it_was_killed(tmp_path: Path) -> None:
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
    assert _within(20, lambda: _gone(orphan))
    holder.kill()
    holder.wait()


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    blocked = tmp_path / "var"
    blocked.write_text("a file where a folder belongs")
    ended = _count(blocked)
    assert ended.returncode != 0
    assert "StorageError: the embedded PostgreSQL cannot run in" in ended.stderr
    assert "File exists" in ended.stderr
    assert "Make the folder writable" in ended.stderr


def test_a_disk_that_takes_no_more_is_named_as_the_cause(tmp_path: Path) -> None:
    ended = _count(
        tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, 2**16))
    )
    message = ended.stderr.strip().splitlines()[-1]
    assert "cannot run in" in message
    assert "File too large" in message
    assert "Make the folder writable" not in message
    assert "/postgres/log" not in message  # there is no such file


def test_a_server_that_does_not_start_is_one_line_with_its_reason(tmp_path: Path) -> None:
    assert _count(tmp_path).returncode == 0
    settings = tmp_path / "postgres" / "postgresql.conf"
    settings.write_text(settings.read_text() + "\nshared_buffers = nonsense\n")
    message = _count(tmp_path).stderr.strip().splitlines()[-1]
    assert "contains errors" in message
    assert str(tmp_path / "postgres" / "log") in message
