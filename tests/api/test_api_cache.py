"""Kept responses: bytes, ETags, one flight, forgotten when data changes, stale when it fails."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.gateway import entries
from api.services.data_service import DataService
from api.services.forecast_service import ForecastService
from tests.isolation import settings_in_use
from wellhead.database.writing import write_rows
from wellhead.workflows.access.keys import Scope

FORECAST = "/v1/forecasts/WTI?days=3"


def settled(client: TestClient, path: str) -> None:
    """Ask until the response is kept: the first announcement, that it listens, clears all."""
    for _ in range(100):
        if "hit" in client.get(path).headers.get("cache-status", ""):
            return
        time.sleep(0.05)
    pytest.fail("the response is never kept")


def test_a_repeated_request_gets_the_same_bytes(client: TestClient) -> None:
    settled(client, FORECAST)
    first, second = client.get(FORECAST), client.get(FORECAST)
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    assert second.headers["cache-status"] == "wellhead; hit"
    assert second.headers["cache-control"] == "private, no-cache"
    assert second.headers["ratelimit-limit"] == "600"


def test_a_client_that_has_the_response_gets_none(client: TestClient) -> None:
    settled(client, FORECAST)
    etag = client.get(FORECAST).headers["etag"]
    for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        answer = client.get(FORECAST, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag
    assert client.get(FORECAST, headers={"If-None-Match": '"other"'}).status_code == 200


def test_nobody_fills_the_cache_with_parameters_of_their_own(client: TestClient) -> None:
    assert client.get(f"{FORECAST}&x=1").status_code == 422


def test_other_parameters_are_another_response(client: TestClient) -> None:
    settled(client, FORECAST)
    assert len(client.get("/v1/forecasts/WTI?days=4").json()["forecast"]) == 4
    assert len(client.get(FORECAST).json()["forecast"]) == 3


def test_refusals_are_not_kept(client: TestClient) -> None:
    for _ in range(3):
        answer = client.get("/v1/forecasts/WTI?days=99")
        assert answer.status_code == 422
        assert "cache-status" not in answer.headers


def test_new_rows_are_served_at_once(own_client: TestClient) -> None:
    settled(own_client, FORECAST)
    day = pd.Timestamp("2000-01-01", tz="UTC")
    row = {"commodity": "WTI", "target_kind": "daily", "decided_at": day, "model": "no-change"}
    row |= {"model_version": "1", "reason": "an old decision, made by a test", "alarm": False}
    write_rows("promotions", pd.DataFrame([row]))
    for _ in range(40):
        if "miss" in own_client.get(FORECAST).headers["cache-status"]:
            return
        time.sleep(0.05)
    pytest.fail("the kept response outlived the new row")


def test_of_equal_requests_at_a_time_one_reaches_the_database(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(client, FORECAST)
    calls, real = Counter[str](), DataService.commodities
    first_is_in, go_on = threading.Event(), threading.Event()

    def slow(service: DataService) -> object:
        calls["commodities"] += 1
        first_is_in.set()
        go_on.wait(10)
        return real(service)

    monkeypatch.setattr(DataService, "commodities", slow)
    with ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(client.get, "/v1/commodities") for _ in range(12)]
        assert first_is_in.wait(10)
        time.sleep(0.3)
        go_on.set()
        answers = [each.result() for each in asked]
    assert {each.status_code for each in answers} == {200}
    assert len({each.content for each in answers}) == 1
    assert calls["commodities"] == 1


@pytest.mark.parametrize("failure", ["database", "fault"])
def test_while_it_fails_the_last_good_response_is_served_as_stale(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    settled(client, FORECAST)
    good = client.get(FORECAST)
    client.app.state.responses.forget()  # type: ignore[attr-defined]

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a fault")

    if failure == "fault":
        monkeypatch.setattr(ForecastService, "newest", fail)
        stale, other = client.get(FORECAST), client.get("/v1/forecasts/WTI?days=5")
    else:
        with settings_in_use(DATABASE_URL="postgresql://me:hunter2@127.0.0.1:1/wellhead"):
            stale, other = client.get(FORECAST), client.get("/v1/forecasts/WTI?days=5")
    assert stale.status_code == 200
    assert stale.content == good.content
    assert stale.headers["cache-status"] == "wellhead; hit; ttl=-1"
    assert other.status_code == (500 if failure == "fault" else 503)


def test_the_oldest_responses_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "_KEPT_BYTES", 4_000)
    responses = entries.Responses()
    for name in (b"a", b"b", b"c"):
        entry = entries.Entry(b"x" * 100, [], b"", Scope.READ, "", time.monotonic())
        responses.keep((name, b""), entry, 0)
        responses.find((b"a", b""))  # used again and again, so it stays
    assert responses.find((b"a", b"")) is not None
    assert responses.find((b"b", b"")) is None
    assert responses.find((b"c", b"")) is not None
