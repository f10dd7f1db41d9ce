"""The server as a user starts it: over TCP, with or without keys, and stopped."""

import http.client
import json
import signal
import threading
import time
from urllib.parse import urlsplit

import pytest

from tests.api.serving import served
from tests.workbench import Workbench

pytestmark = pytest.mark.slow


def test_it_serves_says_that_there_is_no_key_and_ends_without_a_lost_request(
    shared_workbench: Workbench,
) -> None:
    limit = {"WELLHEAD_API_LIMIT": "1000000/minute"}
    with served({**shared_workbench.settings, **limit}) as server:
        statuses: list[int] = []
        ended: list[bool] = []

        def ask() -> None:
            """On one connection, until the server says that it closes it."""
            connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
            while True:
                connection.request("GET", "/v1/forecasts/WTI")
                response = connection.getresponse()
                response.read()
                statuses.append(response.status)
                if response.getheader("connection") == "close":
                    ended.append(True)
                    return

        askers = [threading.Thread(target=ask) for _ in range(4)]
        for asker in askers:
            asker.start()
        time.sleep(1)
        server.process.send_signal(signal.SIGTERM)
        for asker in askers:
            asker.join(30)
        server.process.wait(30)
        first, *lines = server.said
    assert len(ended) == 4  # and none was cut
    assert set(statuses) == {200}
    assert server.process.returncode in (0, -signal.SIGTERM)  # uvicorn passes it on at the end
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
