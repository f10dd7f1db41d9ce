"""The service around the forecasts: health, index, failures, and no page that asks the network."""

import logging
from collections.abc import Iterator

import psutil
import pytest
from fastapi.testclient import TestClient

import wellhead
from api.services import model_service
from tests.isolation import settings_in_use
from tests.workbench import Workbench
from wellhead.database.server.cluster import running
from wellhead.errors import ArtifactError, NoDataError
from wellhead.tracking.registry import champion


@pytest.fixture
def no_database(workbench: object) -> Iterator[None]:
    """A database address without a server."""
    with settings_in_use(DATABASE_URL="postgresql://me:hunter2@127.0.0.1:1/wellhead"):
        yield


def test_health_names_each_champion_and_the_day_of_its_data(client: TestClient) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    health = answer.json()
    assert (health["status"], health["version"]) == ("ok", wellhead.__version__)
    assert health["database"] == "reachable"
    assert [each["commodity"] for each in health["champions"]] == ["WTI"]
    assert health["champions"][0]["model_version"] == champion("WTI").version
    assert health["champions"][0]["last_observed_at"] == "2019-01-03"


@pytest.mark.parametrize("path", ["/health", "/v1/forecasts/WTI?days=7"])
def test_an_unreachable_database_is_reported(
    client: TestClient, no_database: None, path: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "database_unreachable"
    assert "hunter2" not in answer.text
    assert "127.0.0.1" not in answer.text


def test_a_database_server_that_died_is_started_again(
    own_client: TestClient, own_workbench: Workbench
) -> None:
    assert own_client.get("/v1/forecasts/WTI?days=7").status_code == 200
    server = running(own_workbench.var / "postgres")
    assert server is not None
    process = psutil.Process(server.pid)
    process.kill()
    process.wait(20)
    model_service._forecast_json.cache_clear()
    assert own_client.get("/v1/forecasts/WTI?days=7").status_code == 200
    revived = running(own_workbench.var / "postgres")
    assert revived is not None
    assert revived.pid != server.pid


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NoDataError("arima, version 2, has not forecast WTI yet."), 503, "no_forecast_yet"),
        (ArtifactError("saved model /secret/folder is corrupt"), 500, "internal"),
        (RuntimeError("secret of the machine"), 500, "internal"),
    ],
)
def test_a_failure_is_logged_and_not_shown_to_the_client(
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    status: int,
    code: str,
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(model_service, "_forecast_json", fail)
    with caplog.at_level(logging.ERROR, logger="wellhead.api"):
        answer = client.get("/v1/forecasts/WTI")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "secret" not in answer.text
    assert caplog.records[0].exc_info is not None
    assert caplog.records[0].exc_info[1] is error


def test_the_index_leads_to_pages_that_exist(client: TestClient) -> None:
    index = client.get("/").json()
    assert index["version"] == wellhead.__version__
    described = client.get("/openapi.json").json()["paths"]
    assert set(index["endpoints"]) - {"/openapi.json"} == set(described) - {"/"}


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_no_page_loads_scripts_from_a_cdn(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "cdn" not in answer.text
