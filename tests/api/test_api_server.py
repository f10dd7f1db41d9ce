"""The server as a user starts it: over TCP, with or without keys, and stopped."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.workbench import Workbench

PROGRAM = Path(sys.executable).with_name("wellhead")

pytestmark = pytest.mark.slow


@contextmanager
def served(settings: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [PROGRAM, "api"],
        env={**os.environ, **settings, "WELLHEAD_API_PORT": str(port)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def answered(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=20) as response:  # noqa: S310 - our own server
            return response.status
    except urllib.error.HTTPError as refused:
        return refused.code


def wait_for(url: str, process: subprocess.Popen[str]) -> None:
    for _ in range(600):
        assert process.poll() is None, process.communicate()[1]
        try:
            answered(url)
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the API did not answer within a minute")


def test_it_serves_says_that_there_is_no_key_and_ends_without_a_lost_request(
    shared_workbench: Workbench,
) -> None:
    with served(shared_workbench.settings) as (process, url):
        wait_for(f"{url}/health/live", process)
        statuses: list[int] = []

        def ask() -> None:
            while True:
                try:
                    statuses.append(answered(f"{url}/v1/forecasts/WTI"))
                except urllib.error.URLError:
                    return  # it no longer accepts connections

        askers = [threading.Thread(target=ask) for _ in range(4)]
        for asker in askers:
            asker.start()
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        for asker in askers:
            asker.join(30)
        _, said = process.communicate(timeout=30)
    assert set(statuses) == {200}
    assert process.returncode in (0, -signal.SIGTERM)  # uvicorn passes it on at the end
    first, *lines = said.splitlines()
    assert first.startswith("No API key exists, so everybody on this machine may read.")
    events = [json.loads(line)["event"] for line in lines]
    assert events.count("request") >= len(statuses)


def test_beyond_loopback_it_does_not_start_without_a_key(shared_workbench: Workbench) -> None:
    everywhere = "0.0.0.0"  # noqa: S104 - that is what is refused
    refused = shared_workbench.wellhead("api", WELLHEAD_API_HOST=everywhere)
    assert refused.returncode != 0
    assert "there is no API key" in refused.stderr
    assert "wellhead keys create" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_keys_are_made_listed_and_revoked_by_command(own_workbench: Workbench) -> None:
    made = own_workbench.wellhead("keys", "create", "report", "--scope", "read", "--days", "30")
    text = made.stdout.strip()
    assert text.startswith("wh_")
    assert "cannot be shown again" in made.stderr
    name = text.split("_")[1]
    listed = own_workbench.wellhead("keys", "list")
    assert name in listed.stdout
    assert "active" in listed.stdout
    assert text not in listed.stdout
    rotated = own_workbench.wellhead("keys", "rotate", name, "--overlap-days", "0")
    assert rotated.stdout.strip().startswith("wh_")
    revoked = own_workbench.wellhead("keys", "revoke", name)
    assert revoked.stdout.strip() == f"Key {name} of report is revoked."
    wrong = own_workbench.wellhead("keys", "revoke", "nobody")
    assert "there is no key 'nobody'" in wrong.stderr
    unknown = own_workbench.wellhead("keys", "create", "report", "--scope", "write")
    assert "choose from read, infer, admin" in unknown.stderr
