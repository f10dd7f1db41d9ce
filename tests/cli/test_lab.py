"""JupyterLab, as a user starts it: without the classic notebook server and without telemetry."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workbench import run_settings


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {"JUPYTER_TOKEN": "any", "BROWSER": "true", "WELLHEAD_LAB_PORT": str(port)}
    with subprocess.Popen(
        [Path(sys.executable).with_name("wellhead"), "lab"],
        env={**os.environ, **run_settings(tmp_path), **quiet},
        stderr=subprocess.DEVNULL,
    ) as served:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/api", served)
        yield address
        served.terminate()


def _wait_for(url: str, served: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        assert served.poll() is None, "JupyterLab ended by itself"
        if _status(url) == 200:
            return
        time.sleep(0.5)
    pytest.fail("JupyterLab did not answer within two minutes")


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(f"{url}?token=any", timeout=30) as answer:  # noqa: S310 - our own server
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


@pytest.mark.slow
def test_lab_serves_no_classic_notebook_and_asks_nobody(address: str, tmp_path: Path) -> None:
    assert _status(f"{address}/lab") == 200
    assert _status(f"{address}/tree") == 404
    assert _status(f"{address}/dags") == 404  # of Ploomber's extension
    notes = (tmp_path / "connections.txt").read_text()
    assert "guarded" in notes
    assert "refused" not in notes
