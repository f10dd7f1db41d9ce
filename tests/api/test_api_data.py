"""Commodities, prices, models, scores, quality: what the database holds, page by page."""

import csv
import io

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from wellhead.database.operations import get_price_data, read_table


def test_every_instrument_is_listed_with_its_champions(client: TestClient) -> None:
    listed = {
        each["commodity"]: each for each in client.get("/v1/commodities").json()["commodities"]
    }
    assert {"WTI", "BRENT", "HENRY_HUB"} <= set(listed)
    assert listed["WTI"] == client.get("/v1/commodities/wti").json()
    assert set(listed["WTI"]["champions"]) == {"daily", "monthly"}
    assert listed["BRENT"]["champions"] == {}


@pytest.mark.parametrize("limit", [1, 7, 250, 251, 10_000])
def test_pages_hold_every_price_once(client: TestClient, limit: int) -> None:
    path = f"/v1/prices/WTI?start=2018-01-01&end=2018-12-31&limit={limit}"
    rows, cursor = [], ""
    while cursor is not None and len(rows) < 20 * limit:
        page = client.get(f"{path}{cursor and '&cursor=' + cursor}").json()
        assert len(page["prices"]) <= limit
        rows += page["prices"]
        cursor = page["next"]
    stored = get_price_data("WTI", "2018-01-01", "2018-12-31", source="archive")[: len(rows)]
    assert [row["day"] for row in rows] == [f"{day:%Y-%m-%d}" for day in stored["observed_at"]]
    assert [row["value"] for row in rows] == stored["value"].tolist()


def test_prices_are_those_known_at_a_moment(client: TestClient) -> None:
    path = "/v1/prices/WTI?start=2018-12-01&as_of=2018-12-20T00:00:00Z"
    page = client.get(path).json()
    assert page["as_of"] == "2018-12-20T00:00:00Z"
    known = pd.to_datetime([row["available_at"] for row in page["prices"]])
    assert known.max() <= pd.Timestamp("2018-12-20", tz="UTC")
    assert page["prices"][-1]["day"] < "2018-12-20"


def test_csv_has_the_prices_of_json(client: TestClient) -> None:
    path = "/v1/prices/WTI?start=2018-12-01&limit=5"
    page, text = client.get(path).json(), client.get(f"{path}&format=csv")
    assert text.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(text.text)))
    assert [(row["day"], float(row["value"])) for row in rows] == [
        (row["day"], row["value"]) for row in page["prices"]
    ]
    assert {(row["unit"], row["source"]) for row in rows} == {("USD/bbl", "archive")}
    assert text.headers["link"] == f'<?cursor={page["next"]}>; rel="next"'


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("start=2019-01-02&end=2019-01-01", 422, "lies before"),
        ("as_of=2019-01-01T00:00:00", 422, "as_of"),
        ("start=01/02/2019", 422, "start"),
        ("frequency=hourly", 422, "frequency"),
        ("format=xml", 422, "format"),
        ("limit=10001", 422, "limit"),
        ("cursor=" + "x" * 500, 422, "cursor"),
        ("cursor=WyJhIl0", 422, "as it came"),
        ("begin=2019-01-01", 422, "'begin' is not known"),
        ("limit=1&limit=2", 422, "given twice"),
        ("start=2030-01-01", 404, "2019-01-03"),
        ("source=nobody", 404, "no"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(
    client: TestClient, query: str, status: int, words: str
) -> None:
    answer = client.get(f"/v1/prices/WTI?{query}")
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]


def test_scores_are_the_leaderboard_of_the_database(client: TestClient) -> None:
    rows = client.get("/v1/scores/WTI?target=monthly").json()["scores"]
    stored = read_table("leaderboard", commodity="WTI", target_kind="monthly")
    assert len(rows) == len(stored) > 0
    by_key = {(each.model, each.horizon): each for each in stored.itertuples()}
    for row in rows:
        assert row["metrics"] == by_key[row["model"], row["horizon"]].metrics


def test_one_model_is_the_champion(client: TestClient) -> None:
    models = client.get("/v1/models/WTI").json()["models"]
    best = client.get("/v1/forecasts/WTI").json()["provenance"]
    (champion,) = [each for each in models if each["is_champion"]]
    assert champion["model"] == best["model"]
    assert champion["model_version"] == best["model_version"]


def test_quality_is_that_of_the_newest_load_of_each_series(client: TestClient) -> None:
    loads = client.get("/v1/quality").json()["loads"]
    series = [(each["commodity"], each["source"], each["frequency"]) for each in loads]
    assert len(set(series)) == len(series) > 1
    assert all(0.98 <= each["quality_score"] <= 1 for each in loads)
    assert client.get("/v1/quality?source=nobody").status_code == 404


@pytest.mark.parametrize("path", ["scores/BRENT", "models/BRENT", "coverage/BRENT", "coverage/WTI"])
def test_what_is_not_there_yet_is_404(client: TestClient, path: str) -> None:
    answer = client.get(f"/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_data")
