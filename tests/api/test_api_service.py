"""The service around the data: health, index, failures, metrics, and no page of a CDN."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pandas as pd
import psutil
import pytest
from fastapi.testclient import TestClient

import wellhead
from api.services.forecast_service import ForecastService
from tests.isolation import settings_in_use
from tests.workbench import Workbench
from wellhead.catalogue.targets import Target
from wellhead.database.server.cluster import running
from wellhead.database.writing import write_rows
from wellhead.errors import ArtifactError
from wellhead.workflows.champions.decisions import read_decisions


@pytest.fixture
def no_database(client: TestClient) -> Iterator[None]:
    """A database address without a server, from now on."""
    assert client.get("/health").status_code == 200  # it is up, so it opens no other connection
    with settings_in_use(DATABASE_URL="postgresql://me:hunter2@127.0.0.1:1/wellhead"):
        yield


def test_health_names_each_champion_and_the_day_of_its_data(client: TestClient) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    health = answer.json()
    assert (health["status"], health["version"]) == ("ok", wellhead.__version__)
    assert health["database"] == "reachable"
    assert [each["commodity"] for each in health["champions"]] == ["WTI"]
    newest = read_decisions("WTI", Target.DAILY).iloc[-1]
    assert health["champions"][0]["model_version"] == newest["model_version"]
    assert health["champions"][0]["last_observed_at"] == "2019-01-03"
    assert health["champions"][0]["is_stale"]


def test_readiness_names_each_thing_it_needs(client: TestClient) -> None:
    ready = client.get("/health/ready").json()
    assert ready["ready"]
    assert {each["name"]: each["ok"] for each in ready["checks"]} == {
        "database": True,
        "champions": True,
        "freshness": False,  # the archive ends in 2019
        "registry": True,
        "cache": True,
    }


def test_an_empty_database_is_not_ready(bare_client: TestClient) -> None:
    answer = bare_client.get("/health/ready")
    assert answer.status_code == 503
    assert not answer.json()["ready"]
    assert bare_client.get("/health/live").status_code == 200


@pytest.mark.parametrize("path", ["/health", "/v1/forecasts/WTI?days=7"])
def test_an_unreachable_database_is_reported(
    client: TestClient, no_database: None, path: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 503
    assert answer.json()["code"] == "database_unreachable"
    assert answer.headers["retry-after"] == "5"
    assert "hunter2" not in answer.text
    assert "127.0.0.1" not in answer.text
    assert client.get("/health/live").status_code == 200
    ready = client.get("/health/ready")
    assert ready.status_code == 503
    checks = {each["name"]: each["ok"] for each in ready.json()["checks"]}
    assert [name for name, ok in checks.items() if ok] == ["cache"]


def test_a_database_server_that_died_is_started_again(
    own_client: TestClient, own_workbench: Workbench
) -> None:
    assert own_client.get("/v1/forecasts/WTI?days=7").status_code == 200
    server = running(own_workbench.var / "postgres")
    assert server is not None
    process = psutil.Process(server.pid)
    process.kill()
    process.wait(20)
    assert own_client.get("/v1/forecasts/WTI?days=8").status_code == 200
    revived = running(own_workbench.var / "postgres")
    assert revived is not None
    assert revived.pid != server.pid


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ArtifactError("saved model /secret/folder is corrupt"), (503, "model_unavailable")),
        (RuntimeError("secret: postgresql://me:hunter2@host/name"), (500, "internal")),
    ],
)
def test_a_failure_is_logged_and_not_shown_to_the_client(
    capsys: pytest.CaptureFixture[str],
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    expected: tuple[int, str],
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(ForecastService, "newest", fail)
    answer = client.get("/v1/forecasts/WTI", headers={"X-Request-ID": "of-the-test"})
    assert (answer.status_code, answer.json()["code"]) == expected
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] == "of-the-test"
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line[0] == "{"]
    failed = next(line for line in lines if line["event"] == "request failed")
    assert failed["request_id"] == "of-the-test"
    assert type(error).__name__ in failed["exception"]
    assert "hunter2" not in json.dumps(lines)


def test_the_index_leads_to_paths_that_exist(client: TestClient) -> None:
    index = client.get("/").json()
    assert index["version"] == wellhead.__version__
    described = client.get("/openapi.json").json()["paths"]
    assert set(index["endpoints"]) - {"/openapi.json"} == set(described) - {"/"}


def test_requests_are_counted_by_route_and_status(client: TestClient) -> None:
    for path in ("/v1/commodities/none", "/no/path"):
        client.get(path)
    asked = 0
    while "hit" not in client.get("/v1/commodities/WTI").headers.get("cache-status", ""):
        asked += 1
    text = client.get("/metrics").text
    route = '{method="GET",route="/v1/commodities/{commodity}",status='
    assert f'wellhead_requests_total{route}"200"}} {asked + 1}.0' in text
    assert f'wellhead_requests_total{route}"404"}} 1.0' in text
    assert 'route="none",status="404"} 1.0' in text
    assert 'wellhead_cache_total{outcome="hit"} 1.0' in text
    assert "process_resident_memory_bytes" in text


def test_the_records_of_champions_are_metrics(own_client: TestClient) -> None:
    champion = read_decisions("WTI", Target.DAILY).iloc[-1]["model"]
    record = {"commodity": "WTI", "target_kind": "daily", "source": "archive", "model": champion}
    record |= {"known_at": pd.Timestamp("2019-01-02", tz="UTC"), "outcomes": 40}
    record |= {"coverage_80": 0.75, "coverage_95": 0.9, "drift_outcomes": 40, "p_worse": 0.5}
    rows = [
        {**record, "horizon": 1, "mspe_ratio": 0.5, "alarm": False},
        {**record, "horizon": 5, "mspe_ratio": None, "alarm": False},  # the price did not move
    ]
    write_rows("track_records", pd.DataFrame(rows))
    answer = own_client.get("/metrics")
    assert answer.status_code == 200
    lines = answer.text.splitlines()
    labels = f'model="{champion}",target="daily"}}'
    ratio, coverage = "wellhead_forecast_mspe_ratio", "wellhead_forecast_coverage_80"
    assert "wellhead_database_up 1.0" in lines
    assert f'{coverage}{{commodity="WTI",horizon="5",{labels} 0.75' in lines
    assert [line for line in lines if line.startswith(f"{ratio}{{")] == [
        f'{ratio}{{commodity="WTI",horizon="1",{labels} 0.5'
    ]


def test_a_request_is_one_line_of_the_log(
    capsys: pytest.CaptureFixture[str], client: TestClient
) -> None:
    capsys.readouterr()
    client.get("/v1/commodities/WTI?token=hunter2hunter2")
    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line[0] == "{"]
    assert (line["event"], line["path"], line["status"]) == ("request", "/v1/commodities/WTI", 422)
    assert line["application"] == "anonymous"
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")
    assert "hunter2" not in json.dumps(line)


def test_the_server_starts_without_the_libraries_of_the_models() -> None:
    program = (
        "import sys; from api.main import create_app; create_app()\n"
        "print({'torch', 'prophet', 'mlflow', 'great_expectations'} & set(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.stdout == "set()\n", ended.stderr
