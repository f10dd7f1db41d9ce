"""What the processes of the API share in Redis, and what is left while Redis is away."""

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.auth.limits import Limiter
from api.gateway.entries import Entry
from api.gateway.shared_responses import SharedResponses
from api.main import create_app
from api.redis_client import SharedRedis
from api.services.forecast_service import ForecastService
from tests.api.access import bearer
from tests.api.conftest import ADDRESS
from tests.api.serving import answered, served
from tests.isolation import settings_in_use
from tests.redis_server import PASSWORD, RedisServer, redis_server
from tests.workbench import Workbench
from wellhead.calendars import now
from wellhead.database.serving.champions import newest_decisions
from wellhead.database.writing import write_rows
from wellhead.workflows.access.keys import Scope

FORECAST = "/v1/forecasts/WTI?days=3"


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@contextmanager
def clients(count: int, **settings: str) -> Iterator[list[TestClient]]:
    """So many applications, each with a memory of its own."""
    with settings_in_use(**settings), ExitStack() as stack:
        yield [
            stack.enter_context(TestClient(create_app(), ADDRESS, raise_server_exceptions=False))
            for _ in range(count)
        ]


def counting(limit: str, redis: RedisServer, use: Callable[[list[Limiter]], Awaitable[Any]]) -> Any:
    """Give limiters of two processes to `use`."""

    async def run() -> Any:
        shared = [SharedRedis(redis.url) for _ in range(2)]
        try:
            return await use([Limiter(limit, "20/minute", each) for each in shared])
        finally:
            for each in shared:
                await each.close()

    return asyncio.run(run())


def test_the_limit_is_that_of_all_processes(redis: RedisServer) -> None:
    async def use(limiters: list[Limiter]) -> list[bool]:
        return [(await limiters[i % 2].count("key a")).within for i in range(140)]

    assert counting("100/minute", redis, use).count(True) == 100


def test_wrong_keys_are_counted_by_all_processes(redis: RedisServer) -> None:
    async def use(limiters: list[Limiter]) -> list[bool]:
        return [await limiters[i % 2].count_wrong_key("10.0.0.1") for i in range(60)]

    assert counting("100/minute", redis, use).count(True) == 20


@pytest.mark.parametrize("fault", ["stopped", "flushed", "frozen"])
def test_without_redis_each_process_holds_the_limit(redis: RedisServer, fault: str) -> None:
    async def use(limiters: list[Limiter]) -> tuple[int, float]:
        before = [(await limiters[0].count("key a")).within for _ in range(60)]
        assert all(before)
        with ExitStack() as stack:
            {
                "stopped": redis.stop,
                "flushed": redis.client.flushall,
                "frozen": lambda: stack.enter_context(redis.frozen()),
            }[fault]()
            began = time.monotonic()
            after = [(await limiters[0].count("key a")).within for _ in range(200)]
            return after.count(True), time.monotonic() - began

    within, seconds = counting("100/minute", redis, use)
    assert within == 40  # no more than the limit of a process, whatever Redis forgot
    assert seconds < 5


def test_a_redis_that_is_back_counts_again(redis: RedisServer) -> None:
    async def use(limiters: list[Limiter]) -> int:
        redis.stop()
        assert (await limiters[0].count("key a")).within
        redis.start()
        await asyncio.sleep(2.1)
        counts = [(await limiters[i % 2].count("key b")).within for i in range(140)]
        return counts.count(True)

    assert counting("100/minute", redis, use) == 100


def test_a_response_that_one_process_made_is_sent_by_another(
    workbench: Workbench, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Counter[str]()
    real = ForecastService.newest

    def newest(self: ForecastService, *arguments: Any, **named: Any) -> Any:
        asked["route"] += 1
        return real(self, *arguments, **named)

    monkeypatch.setattr(ForecastService, "newest", newest)
    with clients(2, REDIS_URL=redis.url) as (first, second):
        _settle(first)
        _settle(second)
        asked.clear()
        redis.client.flushall()
        one = first.get("/v1/forecasts/WTI?days=4")
        other = second.get("/v1/forecasts/WTI?days=4")
        assert one.content == other.content
        assert one.headers["etag"] == other.headers["etag"]
        assert other.headers["content-type"] == "application/json"
        assert asked["route"] == 1
        assert second.get("/v1/forecasts/WTI?days=4&days=4").status_code == 422
    stored = redis.client.keys("wellhead:response:*")
    assert len(stored) == 1
    line, _, body = redis.client.get(stored[0]).partition(b"\n")  # type: ignore[union-attr]
    assert json.loads(line)["required"] == "read"
    assert body == one.content


def test_a_change_of_data_empties_it_for_all(own_workbench: Workbench, redis: RedisServer) -> None:
    with clients(2, REDIS_URL=redis.url) as both:
        for client in both:
            _settle(client)
        _decide("decided while Redis answers")
        for client in both:
            _wait_for_reason(client, "decided while Redis answers")
        redis.stop()
        _decide("decided while Redis is away")
        for client in both:
            _wait_for_reason(client, "decided while Redis is away")


def test_what_was_kept_before_a_change_is_not_served_when_redis_is_back(
    workbench: Workbench, redis: RedisServer
) -> None:
    async def run() -> tuple[Entry | None, Entry | None]:
        shared = SharedRedis(redis.url)
        responses, key = SharedResponses(shared), (b"/v1/x", b"")
        entry = Entry(b"old", [], b"", Scope.READ, "", time.monotonic())
        await responses.keep(key, entry, (await responses.find(key))[1])
        kept, _ = await responses.find(key)
        with redis.frozen():
            await responses.find(key)  # in vain: from now on Redis is left alone for a moment
        await responses.forget()
        await asyncio.sleep(2.1)
        after, _ = await responses.find(key)
        await shared.close()
        return kept, after

    kept, after = asyncio.run(run())
    assert kept is not None
    assert kept.body == b"old"
    assert after is None


def test_readiness_asks_redis_now(workbench: Workbench, redis: RedisServer) -> None:
    with clients(1, REDIS_URL=redis.url) as (client,):
        assert _cache(client)[0]
        redis.stop()
        assert not _cache(client)[0]


@pytest.mark.parametrize("content", [b"", b"{}\nx", b"\xff\xfe", b"[1]\n", b'{"generation":""}\n'])
def test_what_others_wrote_there_is_not_served(
    workbench: Workbench, redis: RedisServer, content: bytes
) -> None:
    with clients(1, REDIS_URL=redis.url) as (client,):
        _settle(client)
        path = "/v1/forecasts/WTI?days=5"
        redis.client.delete("wellhead:generation")
        redis.client.set("wellhead:response:" + path, content)
        answer = client.get(path)
        assert answer.status_code == 200
        assert len(answer.json()["forecast"]) == 5


@pytest.mark.parametrize("fault", ["stopped", "frozen"])
def test_without_redis_it_serves_and_says_so(
    workbench: Workbench, redis: RedisServer, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with clients(1, REDIS_URL=redis.url) as (client,), ExitStack() as stack:
        assert _cache(client) == (True, "in Redis, shared by all processes")
        if fault == "stopped":
            redis.stop()
        else:
            stack.enter_context(redis.frozen())
        for days in range(1, 20):
            answer = client.get(f"/v1/forecasts/WTI?days={days}")
            assert answer.status_code == 200
            assert answer.headers["ratelimit-limit"] == "600"
        ok, detail = _cache(client)
        assert not ok
        assert "Redis does not answer" in detail
    said = capsys.readouterr().err
    assert "redis does not answer" in said
    assert PASSWORD not in said


@pytest.mark.slow
def test_four_workers_in_two_instances_hold_one_limit(
    own_workbench: Workbench, redis: RedisServer
) -> None:
    made = own_workbench.wellhead("keys", "create", "load", "--scope", "read").stdout.strip()
    settings = {
        **own_workbench.settings,
        "REDIS_URL": redis.url,
        "WELLHEAD_API_WORKERS": "2",
        "WELLHEAD_API_LIMIT": "200/minute",
    }
    statuses = Counter[int]()
    with served(settings) as one, served(settings) as two:

        def ask(url: str) -> None:
            for _ in range(60):
                statuses[answered(f"{url}/v1/forecasts/WTI", **bearer(made))] += 1

        askers = [threading.Thread(target=ask, args=(url,)) for url in (one.url, two.url) * 3]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        metrics = _metrics(one.url, made)
    assert statuses[200] == 200
    assert statuses[429] == 160
    assert len(statuses) == 2
    assert metrics == 180  # of both processes of the instance, whichever answers


def _metrics(url: str, key: str) -> int:
    """The forecasts that an instance has counted, refused or not."""
    import urllib.request

    # The key is beyond its limit: wait until it is not.
    request = urllib.request.Request(f"{url}/metrics", headers=bearer(key))  # noqa: S310
    for _ in range(90):
        try:
            text = urllib.request.urlopen(request, timeout=20).read().decode()  # noqa: S310
        except urllib.error.HTTPError:
            time.sleep(1)
        else:
            lines = [line for line in text.splitlines() if "forecasts/{commodity}" in line]
            counted = [line for line in lines if line.startswith("wellhead_requests_total")]
            return round(sum(float(line.rsplit(" ", 1)[1]) for line in counted))
    pytest.fail("the limit never ended")


def _decide(reason: str) -> None:
    row = {"commodity": "WTI", "target_kind": "daily", "decided_at": now(), "model": "no-change"}
    version = newest_decisions("WTI")[0].model_version
    row |= {"model_version": version, "reason": reason, "alarm": False}
    write_rows("promotions", pd.DataFrame([row]))


def _wait_for_reason(client: TestClient, reason: str) -> None:
    for _ in range(100):
        if client.get(FORECAST).json()["provenance"]["champion_because"] == reason:
            return
        time.sleep(0.05)
    pytest.fail("the response is the one of before the change")


def _settle(client: TestClient) -> None:
    """Wait until the application listens for changes: the first announcement clears all."""
    for _ in range(100):
        if "hit" in client.get(FORECAST).headers.get("cache-status", ""):
            return
        time.sleep(0.05)
    pytest.fail("the response is never kept")


def _cache(client: TestClient) -> tuple[bool, str]:
    checks = client.get("/health/ready").json()["checks"]
    return next((each["ok"], each["detail"]) for each in checks if each["name"] == "cache")
