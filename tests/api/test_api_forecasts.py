"""The forecast endpoint: the ledger's figures, their provenance, and errors."""

import json

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.services import model_service
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.database.ledger import newest_forecast
from wellhead.tables import QUANTILES, STATISTICS
from wellhead.tracking.registry import Registered, champion, find_version, set_champion
from wellhead.workflows.forecasting.serving import (
    ServedForecast,
    champion_forecast,
    comparable_forecasts,
)


def ledger(registered: Registered) -> pd.DataFrame:
    rows = newest_forecast(
        "WTI", registered.target, registered.model, registered.version, registered.source
    )
    return rows.set_index("horizon")[list(STATISTICS)]


def answered(client: TestClient) -> pd.DataFrame:
    days = client.get("/v1/forecasts/WTI?days=63").json()["forecast"]
    rows = [
        {"mean": day["mean"]} | {f"q{name}": value for name, value in day["quantiles"].items()}
        for day in days
    ]
    return pd.DataFrame(rows, index=pd.Index([day["horizon"] for day in days], name="horizon"))


def test_the_answer_is_what_the_ledger_holds(client: TestClient) -> None:
    expected = ledger(champion("WTI"))
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
    version = champion("WTI")
    provenance = client.get("/v1/forecasts/WTI").json()["provenance"]
    assert provenance["model"] == version.model
    assert provenance["model_version"] == version.version
    assert provenance["run_id"] == version.run_id
    assert provenance["champion_because"] == version.reason != ""
    assert provenance["source"] == "archive"
    assert provenance["code_version"]
    assert provenance["made_at"].startswith("2019-01-09T20:00:00")
    assert provenance["age_days"] > 2_500


def test_the_commodity_may_be_written_in_any_case(client: TestClient) -> None:
    assert client.get("/v1/forecasts/wti").json()["commodity"] == "WTI"


def test_a_new_champion_answers_without_a_restart(
    own_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = own_client
    best = champion_forecast(find_instrument("WTI"))
    assert client.get("/v1/forecasts/WTI").json()["provenance"]["model_version"] == best.version
    other = comparable_forecasts(best)[1].version
    set_champion("WTI", Target.DAILY, other, "chosen by a test")
    later = pd.Timestamp.now(tz="UTC") + pd.Timedelta(seconds=2)
    monkeypatch.setattr(model_service, "now", lambda: later)
    answer = client.get("/v1/forecasts/WTI").json()["provenance"]
    assert (answer["model_version"], answer["champion_because"]) == (other, "chosen by a test")
    expected = ledger(find_version("WTI", Target.DAILY, other))
    pd.testing.assert_frame_equal(answered(client), expected, check_like=True, check_names=False)


def test_prices_below_zero_are_answered_as_they_are(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    statistics = {"mean": -37.63, **{f"q{each:g}": each - 40 for each in QUANTILES}}
    day = {"target_at": pd.Timestamp("2020-04-21", tz="UTC"), "horizon": 1, **statistics}
    day["from_publication"] = 1
    at = pd.Timestamp("2020-04-20", tz="UTC")
    served = ServedForecast(
        instrument=find_instrument("WTI"),
        target=Target.DAILY,
        unit="USD/bbl",
        model="no-change",
        version="1",
        reason="",
        run_id="run",
        code_version="code",
        source="archive",
        made_at=at,
        last_observed_at=at,
        forecast=pd.DataFrame([day]),
    )
    later = pd.Timestamp.now(tz="UTC") + pd.Timedelta(seconds=4)
    monkeypatch.setattr(model_service, "now", lambda: later)
    monkeypatch.setattr(model_service, "champion_forecast", lambda _instrument, _target: served)
    answer = client.get("/v1/forecasts/WTI").json()
    assert answer["forecast"][0]["mean"] == -37.63
    assert answer["forecast"][0]["quantiles"]["0.025"] == -39.975


def test_averages_of_months_are_answered_from_the_ledger(client: TestClient) -> None:
    best = champion("WTI", Target.MONTHLY)
    rows = newest_forecast("WTI", Target.MONTHLY, best.model, best.version, best.source)
    means = rows.sort_values("horizon")["mean"].tolist()
    answer = client.get("/v1/forecasts/WTI?target=monthly").json()
    assert [row["horizon"] for row in answer["forecast"]] == list(range(13))
    assert [row["mean"] for row in answer["forecast"]] == means
    assert answer["forecast"][1]["target_date"] == "2019-02-01"
    assert answer["provenance"]["champion_because"] == best.reason


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
        ("/v2/forecasts/WTI", 404, "not_found", "/v2/forecasts/WTI"),
    ],
)
def test_a_wrong_request_gets_a_message_of_one_line(
    client: TestClient, path: str, status: int, code: str, words: str
) -> None:
    answer = client.get(path)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert words in error["message"]
    assert "\n" not in json.loads(answer.text)["error"]["message"]
