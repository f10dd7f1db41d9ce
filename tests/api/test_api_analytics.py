"""Analyses: each as it is stored, as it was known at a moment, and described in the document."""

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from wellhead.database.operations import read_table
from wellhead.database.writing import write_rows

KINDS = ("volatility", "correlation", "seasonality", "anomalies")


def stored(kind: str) -> dict:
    (row,) = read_table("analyses", kind=kind).to_dict("records")
    return row


@pytest.mark.parametrize("kind", KINDS)
def test_an_analysis_is_what_is_stored(client: TestClient, kind: str) -> None:
    body, row = client.get(f"/v1/analytics/wti/{kind}").json(), stored(kind)
    assert body["result"] == row["result"]
    assert body["summary"] == row["summary"]
    assert body["code_version"] == row["code_version"]
    assert pd.Timestamp(body["known_at"]) == row["known_at"]
    assert (body["commodity"], body["source"]) == ("WTI", "archive")
    assert body["last_observed_at"] == "2019-01-03"
    assert body["is_stale"]


def test_the_brief_has_its_sentences_and_their_numbers(client: TestClient) -> None:
    body = client.get("/v1/analytics/brief").json()
    assert body["result"] == stored("brief")["result"]
    sentences = body["result"]["sentences"]
    assert 1 <= len(sentences) <= 6
    assert body["summary"] == " ".join(each["text"] for each in sentences)
    (move,) = (each for each in sentences if each["kind"] == "move")
    assert move["evidence"][0]["numbers"]["price"] == 46.92
    assert move["evidence"][0]["last"] == "2019-01-03"


def test_the_summaries_of_a_commodity_are_one_request(client: TestClient) -> None:
    body = client.get("/v1/analytics/WTI").json()
    assert [each["kind"] for each in body["analyses"]] == sorted(KINDS)
    assert all("result" not in each for each in body["analyses"])


def test_an_analysis_is_read_as_it_was_known(own_client: TestClient) -> None:
    row = stored("volatility")
    early = pd.Timestamp("2018-01-10", tz="UTC")
    older = {**row, "known_at": early, "last_observed_at": early, "summary": "as in 2018"}
    del older["recorded_at"]
    write_rows("analyses", pd.DataFrame([older]))
    path = "/v1/analytics/WTI/volatility"
    for moment, summary in (("2018-06-01", "as in 2018"), ("2020-01-01", row["summary"])):
        body = own_client.get(f"{path}?as_of={moment}T00:00:00Z").json()
        assert body["summary"] == summary
    assert own_client.get(path).json()["summary"] == row["summary"]
    answer = own_client.get(f"{path}?as_of=2017-01-01T00:00:00Z")
    assert answer.status_code == 404
    assert "Ask for a later moment" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("BRENT/volatility", 404),
        ("WTI/volatility?source=eia", 404),
        ("GOLD/volatility", 404),
        ("WTI/nonsense", 404),
        ("WTI/volatility?as_of=2018-01-01", 422),
        ("WTI/volatility?days=5", 422),
        ("brief?commodity=WTI", 422),
    ],
)
def test_what_is_not_there_is_refused(client: TestClient, path: str, status: int) -> None:
    answer = client.get(f"/v1/analytics/{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_too_little_history_is_an_answer_with_what_it_needs(own_client: TestClient) -> None:
    row = {**stored("seasonality"), "commodity": "BRENT", "result": None, "summary": "load more"}
    del row["recorded_at"]
    write_rows("analyses", pd.DataFrame([row]))
    body = own_client.get("/v1/analytics/BRENT/seasonality").json()
    assert (body["result"], body["summary"]) == (None, "load more")
