"""Nothing leaves this machine: no telemetry, no look-up, no download."""

import socket
import subprocess
import sys

import pytest
import pytest_socket


def test_a_test_cannot_reach_beyond_this_machine() -> None:
    with pytest.raises(pytest_socket.SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def test_the_guard_of_started_processes_sees_and_refuses(workbench, tmp_path) -> None:
    notes = tmp_path / "notes.txt"
    ended = subprocess.run(
        [sys.executable, "-c", "import socket; socket.create_connection(('192.0.2.1', 80))"],
        env={**workbench.settings, "WELLHEAD_TEST_CONNECTIONS": str(notes)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "may not leave this machine" in ended.stderr
    assert "192.0.2.1" in notes.read_text()


def test_no_telemetry_leaves_a_whole_run(workbench) -> None:
    notes = workbench.connections.read_text().splitlines()
    assert [line for line in notes if line.startswith("refused")] == []
    kernels = [line for line in notes if line.startswith("fork of") and "kernels.server" in line]
    assert len(kernels) == len(list((workbench.artifacts / "notebooks").glob("*.ipynb"))) > 0
