"""Forecasts on request, cards and versions: from the registry, in a process of their own."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.problems import Problem
from api.services.worker import Worker
from tests.api.access import bearer, key
from tests.api.conftest import ADDRESS
from tests.isolation import settings_in_use
from tests.workbench import Workbench
from wellhead.calendars import now, sessions_between
from wellhead.database.writing import write_rows
from wellhead.workflows.access.keys import Scope

ASK = {"commodity": "WTI", "rows": 5}
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def one_client(shared_workbench: Workbench) -> Iterator[TestClient]:
    """A client for the whole module: each starts a process, which takes seconds."""
    with settings_in_use(**shared_workbench.settings), TestClient(create_app(), ADDRESS) as made:
        yield made


@pytest.fixture
def client(one_client: TestClient, workbench: object) -> TestClient:
    return one_client


def walk(days: int = 400) -> list[dict[str, Any]]:
    """A history of a caller: a random walk below and above zero."""
    stamps = sessions_between("NYSE", "2015-01-02", "2018-12-31")[-days:]
    prices = np.random.default_rng(7).normal(size=days).cumsum()
    return [
        {"day": f"{day:%Y-%m-%d}", "value": round(price, 2)}
        for day, price in zip(stamps, prices, strict=True)
    ]


@pytest.mark.slow
def test_from_stored_prices_it_says_what_the_ledger_says(client: TestClient) -> None:
    for target, rows in (("daily", 63), ("monthly", 13)):
        stored = client.get(f"/v1/forecasts/WTI?target={target}&days={rows}").json()
        asked = client.post("/v1/inference", json={**ASK, "target": target, "rows": rows}).json()
        assert asked["provenance"]["model"] == stored["provenance"]["model"]
        assert asked["provenance"]["model_version"] == stored["provenance"]["model_version"]
        assert asked["provenance"]["covariates"] == "stored"
        assert asked["unit"] == stored["unit"]
        names = ("target_date", "horizon", "mean")
        shown = [[day[name] for name in names] for day in asked["forecast"]]
        assert shown == [[day[name] for name in names] for day in stored["forecast"]]
        assert [day["quantiles"] for day in asked["forecast"]] == [
            day["quantiles"] for day in stored["forecast"]
        ]


@pytest.mark.slow
def test_from_prices_of_the_caller_it_forecasts_the_sessions_after_them(
    client: TestClient,
) -> None:
    sent = walk()
    answer = client.post("/v1/inference", json={**ASK, "model": "no-change", "prices": sent})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["provenance"]["source"] == "request"
    assert body["provenance"]["covariates"] == "unknown"
    assert body["provenance"]["last_observed_at"] == sent[-1]["day"]
    assert [day["mean"] for day in body["forecast"]] == [sent[-1]["value"]] * 5
    expected = sessions_between("NYSE", "2019-01-01", "2019-02-01")[:5]
    assert [day["target_date"] for day in body["forecast"]] == [f"{d:%Y-%m-%d}" for d in expected]
    for day in body["forecast"]:
        assert list(day["quantiles"].values()) == sorted(day["quantiles"].values())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "status", "code", "words"),
    [
        ({"prices": walk(30)}, 422, "history_too_short", "has 30"),
        ({"prices": walk()[::-1]}, 422, "bad_request", "the oldest first"),
        ({"prices": [*walk(), walk()[-1]]}, 422, "bad_request", "each day once"),
        ({"prices": [*walk(), {"day": "2100-01-04", "value": 1}]}, 422, "bad_request", "not come"),
        (
            {"prices": [{"day": f"2018-07-{day:02d}", "value": 1} for day in range(1, 32)]},
            422,
            "bad_request",
            "are no session of calendar NYSE",
        ),
        ({"model": "zebra"}, 404, "unknown_model", "choose one of"),
        ({"commodity": "BRENT"}, 404, "no_champion", "make run"),
        ({"commodity": "XYZ"}, 404, "unknown_commodity", "WTI"),
        ({"rows": 64}, 422, "bad_request", "rows"),
        ({"target": "monthly", "rows": 14}, 422, "bad_request", "13 months"),
        ({"prices": [{"day": "2018-01-02", "value": "1e999"}]}, 422, "bad_request", "value"),
        ({"prices": []}, 422, "bad_request", "prices"),
        ({"as_of": "2018-01-01"}, 422, "bad_request", "as_of"),
    ],
)
def test_a_senseless_request_is_refused(
    client: TestClient, changed: dict[str, Any], status: int, code: str, words: str
) -> None:
    answer = client.post("/v1/inference", json={**ASK, **changed})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert words in answer.json()["detail"]


def test_it_is_bounded_in_bytes_and_rows(client: TestClient) -> None:
    row = b'{"day":"2018-01-02","value":1},'
    too_many = b'{"commodity":"WTI","prices":[' + row * 10_001 + row[:-1] + b"]}"
    answer = client.post("/v1/inference", content=too_many, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")
    assert "10000" in answer.json()["detail"]
    answer = client.post("/v1/inference", content=b" " * (2 * 2**20 + 1), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_long")


@pytest.mark.slow
def test_it_needs_the_scope_infer(own_client: TestClient) -> None:
    read, infer = key(), key(Scope.INFER)
    assert own_client.post("/v1/inference", json=ASK, headers=bearer(read)).status_code == 403
    assert own_client.post("/v1/inference", json=ASK, headers=bearer(infer)).status_code == 200


@pytest.mark.slow
def test_cards_and_versions_come_from_the_registry(client: TestClient) -> None:
    card = client.get("/v1/models/WTI/card?model=arima").json()
    assert card["model"] == card["card"]["model"] == "arima"
    assert card["card"]["min_history"] == 250
    versions = client.get("/v1/models/WTI/versions").json()["versions"]
    numbers = [int(each["version"]) for each in versions]
    assert numbers == sorted(numbers, reverse=True)
    champion = client.get("/v1/forecasts/WTI").json()["provenance"]["model_version"]
    assert [each["version"] for each in versions if "champion" in each["aliases"]] == [champion]
    assert client.get("/v1/models/BRENT/versions").json()["versions"] == []


@pytest.mark.slow
def test_changed_files_are_not_loaded_and_the_last_good_version_serves(
    own_client: TestClient, own_workbench: Workbench
) -> None:
    good = own_client.post("/v1/inference", json=ASK).json()["provenance"]
    for learned in (own_workbench.var / "mlflow").rglob("learned.json"):
        learned.write_text(learned.read_text() + " ")
    listed = own_client.get("/v1/models/WTI/versions").json()["versions"]
    drift = next(each["version"] for each in listed if each["model"] == "drift")
    row = {"commodity": "WTI", "target_kind": "daily", "decided_at": now(), "model": "drift"}
    row |= {"model_version": drift, "reason": "chosen by a test", "alarm": False}
    write_rows("promotions", pd.DataFrame([row]))

    served = own_client.post("/v1/inference", json=ASK).json()["provenance"]
    assert served["model_version"] == good["model_version"] != drift
    answer = own_client.post("/v1/inference", json={**ASK, "model": "drift"})
    assert (answer.status_code, answer.json()["code"]) == (503, "model_unavailable")
    assert answer.headers["retry-after"] == "30"
    assert str(own_workbench.var) not in answer.text


def _sleep(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _problem(error: BaseException) -> tuple[int, str]:
    assert isinstance(error, Problem)
    return error.status, error.code


@pytest.mark.slow
def test_the_worker_stops_what_takes_too_long_and_survives_a_death() -> None:
    async def run() -> None:
        worker = Worker(seconds=2)
        first = await worker.call(_sleep, 0)
        assert first != os.getpid()
        with pytest.raises(Problem) as late:
            await worker.call(_sleep, 60)
        assert _problem(late.value) == (504, "took_too_long")
        second = await worker.call(_sleep, 0)
        assert not psutil.pid_exists(first) or second != first
        with pytest.raises(Problem) as died:
            await worker.call(_die)
        assert _problem(died.value) == (503, "worker_died")
        third = await worker.call(_sleep, 0)
        worker.close()
        assert not psutil.pid_exists(third)

    asyncio.run(run())


@pytest.mark.slow
def test_the_worker_refuses_beyond_its_queue_and_other_requests_go_on() -> None:
    async def run() -> None:
        worker = Worker(seconds=30)
        waiting = [asyncio.ensure_future(worker.call(_sleep, 0.2)) for _ in range(8)]
        await asyncio.sleep(0)
        with pytest.raises(Problem) as busy:
            await worker.call(_sleep, 0)
        assert _problem(busy.value) == (503, "worker_busy")
        assert len(set(await asyncio.gather(*waiting))) == 1  # one process, one at a time
        assert await worker.call(_sleep, 0)
        worker.close()

    asyncio.run(run())
