"""The forecast endpoints: the ledger's figures, their provenance, and errors."""

import time
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from tests.api.conftest import ADDRESS
from tests.isolation import settings_in_use
from tests.workbench import Workbench
from wellhead.calendars import now
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.database.ledger import newest_forecast
from wellhead.database.writing import write_rows
from wellhead.tables import QUANTILES, STATISTICS
from wellhead.workflows.champions.decisions import read_decisions, record_decisions
from wellhead.workflows.forecasting.serving import champion_forecast, comparable_forecasts


def ledger(model: str, version: str, target: Target = Target.DAILY) -> pd.DataFrame:
    rows = pd.DataFrame(newest_forecast("WTI", target, model, version))
    return rows.set_index("horizon")[list(STATISTICS)]


def decision(target: Target = Target.DAILY) -> Any:
    return read_decisions("WTI", target).iloc[-1]


def answered(client: TestClient) -> pd.DataFrame:
    days = client.get("/v1/forecasts/WTI?days=63").json()["forecast"]
    rows = [
        {"mean": day["mean"]} | {f"q{name}": value for name, value in day["quantiles"].items()}
        for day in days
    ]
    return pd.DataFrame(rows, index=pd.Index([day["horizon"] for day in days], name="horizon"))


def test_the_answer_is_what_the_ledger_holds(client: TestClient) -> None:
    expected = ledger(decision()["model"], decision()["model_version"])
    pd.testing.assert_frame_equal(answered(client), expected, check_like=True, check_names=False)


def test_thirty_days_from_the_first_session_after_the_last_price(client: TestClient) -> None:
    answer = client.get("/v1/forecasts/WTI").json()
    assert [day["horizon"] for day in answer["forecast"]] == list(range(1, 31))
    assert answer["provenance"]["last_observed_at"] == "2019-01-03"
    assert answer["forecast"][0]["target_date"] == "2019-01-04"
    assert answer["forecast"][1]["target_date"] == "2019-01-07"
    assert list(answer["forecast"][0]["quantiles"]) == [f"{each:g}" for each in QUANTILES]
    assert answer["unit"] == "USD/bbl"


def test_the_response_has_its_provenance(client: TestClient) -> None:
    served = champion_forecast(find_instrument("WTI"))
    provenance = client.get("/v1/forecasts/WTI").json()["provenance"]
    assert provenance["model"] == decision()["model"]
    assert provenance["model_version"] == decision()["model_version"]
    assert provenance["is_champion"]
    assert provenance["run_id"] == served.run_id
    assert provenance["champion_because"] == decision()["reason"] != ""
    assert provenance["source"] == "archive"
    assert provenance["code_version"]
    assert provenance["made_at"].startswith("2019-01-09T20:00:00")
    assert provenance["age_days"] > 2_500
    assert provenance["is_stale"]


def test_the_grounds_name_every_model_that_was_not_chosen(client: TestClient) -> None:
    answer = client.get("/v1/forecasts/WTI").json()["provenance"]
    rejected = {each["model"]: each["reason"] for each in answer["grounds"]["rejected"]}
    models = {row["model"] for row in client.get("/v1/models/WTI").json()["models"]}
    assert set(rejected) == models - {answer["model"]} != set()
    for model, reason in rejected.items():
        assert f"{model}: {reason}" in answer["champion_because"]


def test_every_day_of_an_old_forecast_is_past(client: TestClient) -> None:
    assert all(day["is_past"] for day in client.get("/v1/forecasts/WTI").json()["forecast"])


def test_another_model_and_a_few_quantiles(client: TestClient) -> None:
    other = comparable_forecasts(champion_forecast(find_instrument("WTI")))[1]
    path = f"/v1/forecasts/WTI?model={other.model}&quantiles=0.9,0.1&days=1"
    answer = client.get(path).json()
    assert answer["provenance"]["model"] == other.model
    assert not answer["provenance"]["is_champion"]
    (day,) = answer["forecast"]
    assert list(day["quantiles"]) == ["0.9", "0.1"]
    assert day["mean"] == other.days[0].statistics[0]


def test_all_champions_are_one_request(client: TestClient) -> None:
    listed = client.get("/v1/forecasts?target=monthly").json()["forecasts"]
    assert listed == [client.get("/v1/forecasts/WTI?target=monthly").json()]


def test_the_ledger_is_read_by_pages(client: TestClient) -> None:
    rows, cursor = [], ""
    while cursor is not None:
        page = client.get(f"/v1/forecasts/WTI/history?limit=100{cursor and '&cursor=' + cursor}")
        rows += page.json()["rows"]
        cursor = page.json()["next"]
    key = ["made_at", "model", "model_version", "target_date"]
    found = pd.DataFrame(rows)
    assert len(found) == len(found.drop_duplicates(key)) == 63 * found["model"].nunique()
    assert found[key].equals(found[key].sort_values(key, ignore_index=True))
    one = client.get("/v1/forecasts/WTI/history?model=drift&horizon=5").json()["rows"]
    assert [(row["model"], row["horizon"]) for row in one] == [("drift", 5)]
    assert client.get("/v1/forecasts/WTI/history?made_to=2019-01-08").json()["rows"] == []
    assert len(client.get("/v1/forecasts/WTI/history?made_from=2019-01-09").json()["rows"]) > 63


def test_the_commodity_may_be_written_in_any_case(client: TestClient) -> None:
    assert client.get("/v1/forecasts/wti").json()["commodity"] == "WTI"


def test_a_new_champion_answers_at_once(own_client: TestClient) -> None:
    client = own_client
    best = champion_forecast(find_instrument("WTI"))
    assert client.get("/v1/forecasts/WTI").json()["provenance"]["model_version"] == best.version
    other = comparable_forecasts(best)[1]
    record_decisions(
        pd.DataFrame([chosen(other.model, other.version, "chosen by a test, for its figures")])
    )
    expected = ledger(other.model, other.version)
    for _ in range(50):  # the announcement takes a moment
        answer = client.get("/v1/forecasts/WTI").json()["provenance"]
        if answer["model_version"] == other.version:
            break
        time.sleep(0.02)
    assert answer["champion_because"] == "chosen by a test, for its figures"
    assert answer["grounds"] is None
    pd.testing.assert_frame_equal(answered(client), expected, check_like=True, check_names=False)


def chosen(model: str, version: str, reason: str) -> dict[str, object]:
    return {
        "commodity": "WTI",
        "target_kind": "daily",
        "decided_at": now(),
        "model": model,
        "model_version": version,
        "reason": reason,
        "alarm": False,
    }


def test_prices_below_zero_are_answered_as_they_are(bare_client: TestClient) -> None:
    day = pd.Timestamp("2020-04-20", tz="UTC")
    row = {"target_at": pd.Timestamp("2020-04-21", tz="UTC"), "horizon": 1, "mean": -37.63}
    row |= {f"q{each:g}": each - 40 for each in QUANTILES}
    row |= {"commodity": "WTI", "target_kind": "daily", "model": "no-change", "source": "csv"}
    row |= {"model_version": "1", "made_at": day, "last_observed_at": day, "unit": "USD/bbl"}
    write_rows("ledger", pd.DataFrame([{**row, "run_id": "run", "code_version": "code"}]))
    write_rows("promotions", pd.DataFrame([chosen("no-change", "1", "chosen by a test")]))
    answer = bare_client.get("/v1/forecasts/WTI").json()
    assert answer["forecast"][0]["mean"] == -37.63
    assert answer["forecast"][0]["quantiles"]["0.025"] == -39.975


def test_a_new_champion_without_a_forecast_is_named(bare_client: TestClient) -> None:
    write_rows("promotions", pd.DataFrame([chosen("arima", "2", "chosen by a test")]))
    answer = bare_client.get("/v1/forecasts/WTI")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_forecast_yet")
    assert answer.headers["retry-after"] == "30"


def test_averages_of_months_are_answered_from_the_ledger(client: TestClient) -> None:
    best = decision(Target.MONTHLY)
    means = ledger(best["model"], best["model_version"], Target.MONTHLY)["mean"].tolist()
    answer = client.get("/v1/forecasts/WTI?target=monthly").json()
    assert [row["horizon"] for row in answer["forecast"]] == list(range(13))
    assert [row["mean"] for row in answer["forecast"]] == means
    assert answer["forecast"][1]["target_date"] == "2019-02-01"
    assert answer["provenance"]["champion_because"] == best["reason"]


@pytest.mark.parametrize(
    ("path", "status", "code", "words"),
    [
        ("/v1/forecasts/unobtainium", 404, "unknown_commodity", "WTI, BRENT"),
        ("/v1/forecasts/BRENT", 404, "no_champion", "make run COMMODITIES=BRENT"),
        ("/v1/forecasts/WTI?days=0", 422, "bad_request", "days"),
        ("/v1/forecasts/WTI?days=64", 422, "bad_request", "63"),
        ("/v1/forecasts/WTI?target=monthly&days=63", 422, "bad_request", "ask for 13 or fewer"),
        ("/v1/forecasts/WTI?target=yearly", 422, "bad_request", "monthly"),
        ("/v1/forecasts/WTI?days=soon", 422, "bad_request", "'soon'"),
        ("/v1/forecasts/WTI?quantiles=0.3", 422, "bad_request", "0.025"),
        ("/v1/forecasts/WTI?quantiles=0.1,0.1", 422, "bad_request", "each once"),
        ("/v1/forecasts/WTI?model=oracle", 404, "unknown_model", "no-change"),
        ("/v1/forecasts/WTI/history?cursor=nonsense", 422, "bad_request", "as it came"),
        ("/v1/forecasts/WTI/history?cursor=W10", 422, "bad_request", "as it came"),
        ("/v1/forecasts/WTI/history?limit=0", 422, "bad_request", "limit"),
        ("/v1/forecasts/WTI/history?made_from=05/06/2019", 422, "bad_request", "made_from"),
        (f"/v1/forecasts/{'x' * 5000}", 422, "bad_request", "commodity"),
        ("/v2/forecasts/WTI", 404, "not_found", "/v2/forecasts/WTI"),
    ],
)
def test_a_wrong_request_gets_a_message_of_one_line(
    client: TestClient, path: str, status: int, code: str, words: str
) -> None:
    answer = client.get(path)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert words in problem["detail"]
    assert "\n" not in problem["detail"]
    assert len(problem["detail"]) < 1_000


def test_one_connection_to_the_database_is_enough(shared_workbench: Workbench) -> None:
    settings = {**shared_workbench.settings, "DATABASE_CONNECTIONS": "1"}
    with settings_in_use(**settings), TestClient(create_app(), ADDRESS) as client:
        for path in ("/v1/forecasts/WTI?model=drift", "/v1/forecasts", "/v1/scores/WTI"):
            assert client.get(path).status_code == 200
