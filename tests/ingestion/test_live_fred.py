"""Source `fred` against a server that speaks FRED's API."""

import datetime
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.ingestion.forms import (
    FRED_UNITS,
    business_days,
    fred_body,
    fred_description,
    fred_server,
)
from tests.ingestion.replay import KEY, SHOWN, Answer, Upstream, recorded
from wellhead.catalogue.lookup import find_instrument
from wellhead.errors import (
    EmptySourceError,
    SourceError,
    SourceFormatError,
    SourceUnavailableError,
    UnitMismatchError,
)
from wellhead.ingestion import fred
from wellhead.ingestion.fred import SERIES, Fred
from wellhead.settings import get_settings
from wellhead.validation.parsing import parse


def fetch(key: str = "WTI", since: datetime.date | None = None) -> pd.DataFrame:
    return Fred().fetch(find_instrument(key), SERIES[key].frequency, since)


@pytest.mark.parametrize("count", [1, 999, 1_000, 1_001, 2_500])
def test_the_answer_has_as_many_rows_as_the_count_states(
    count: int, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fred, "PAGE_LENGTH", 1_000)
    days, values = business_days(count), [f"{i}.25" for i in range(count)]
    upstream.serve(fred_server(days, values))
    rows = fetch()
    assert rows["observed_at"].tolist() == days
    assert rows["value"].tolist() == values
    assert len(upstream.asked) == -(-count // 1_000)


def test_one_request_holds_a_whole_series(upstream: Upstream) -> None:
    upstream.serve(fred_server(business_days(3), ["1", "2", "3"]))
    fetch("HENRY_HUB")
    [asked] = upstream.asked
    assert asked.path == "/fred/series/observations"
    assert asked.query == {
        "series_id": "DHHNGSP",
        "file_type": "json",
        "sort_order": "asc",
        "offset": "0",
        "limit": "100000",
        "api_key": KEY,
    }


def test_a_holiday_is_listed_without_a_value_and_a_negative_price_is_a_price(
    upstream: Upstream,
) -> None:
    days = ["2020-04-10", "2020-04-20"]
    upstream.script(Answer(fred_body(days, [".", "-36.98"])))
    rows = fetch()
    assert rows["value"].tolist() == [".", "-36.98"]
    parsed = parse(rows)
    assert parsed.missing == 1
    assert parsed.rows["value"].tolist() == [-36.98]


def test_a_recorded_answer_is_read(upstream: Upstream) -> None:
    exchange = recorded("fred/dhhngsp_daily_with_holiday_dots.json")[0]
    upstream.script(Answer(exchange["body"]))
    rows = fetch("HENRY_HUB")
    assert len(rows) == exchange["body"]["count"] == 8
    assert parse(rows).missing == 1
    assert rows.set_index("observed_at")["value"]["2024-07-04"] == "."


def test_the_recorded_refusal_of_an_unknown_series_is_an_error(upstream: Upstream) -> None:
    exchange = next(
        each
        for each in recorded("fred/series_does_not_exist_400.json")
        if each["status"]["code"] == 400
    )
    upstream.script(Answer(exchange["body"], 400))
    with pytest.raises(SourceUnavailableError, match="The series does not exist"):
        fetch()


BAD_KEY = "Bad Request.  The value for variable api_key is not registered."
DAYS = business_days(4)
FAULTS: dict[str, tuple[list[Answer], type[SourceError], str]] = {
    "a bad key": (
        [Answer({"error_code": 400, "error_message": BAD_KEY}, 400)],
        SourceUnavailableError,
        "HTTP 400.*not registered. Correct FRED_API_KEY.*fred.stlouisfed",
    ),
    "an error with status 200": (
        [Answer({"error_code": 400, "error_message": f"{BAD_KEY} {KEY}"})],
        SourceUnavailableError,
        "not registered. [*]{3}. Correct FRED_API_KEY",
    ),
    "no rows": ([Answer(fred_body([], []))], EmptySourceError, "no rows"),
    "a day fewer than counted": (
        [Answer(fred_body(DAYS, ["1"] * 4, 5)), Answer(fred_body([], [], 5))],
        SourceFormatError,
        "have 4 rows and 5",
    ),
    "a renamed field": (
        [Answer({"count": 1, "observations": [{"day": "2020-01-02", "value": "1"}]})],
        SourceFormatError,
        "'date' is missing; there are: day, value",
    ),
    "no count": ([Answer({"observations": []})], SourceFormatError, "'count' is missing"),
    "growth rates": (
        [Answer(fred_body(DAYS, ["1"] * 4) | {"units": "pch"})],
        UnitMismatchError,
        "pch",
    ),
}  # a table, one case a line


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_its_own_error_and_no_partial_answer(
    fault: str, upstream: Upstream, reported_text: Callable[[BaseException], str]
) -> None:
    answers, error, words = FAULTS[fault]
    upstream.script(*answers)
    with pytest.raises(SourceError, match=words) as caught:
        fetch()
    assert type(caught.value) is error
    assert SHOWN not in reported_text(caught.value)


@pytest.mark.parametrize("key", SERIES)
def test_every_series_is_in_the_unit_that_fred_states(key: str, upstream: Upstream) -> None:
    upstream.serve(fred_server(DAYS, ["1"] * 4))
    assert set(fetch(key)["unit"]) == {find_instrument(key).unit}
    assert SERIES[key].code in FRED_UNITS


def test_the_description_is_asked_for_once_a_load(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fred, "PAGE_LENGTH", 2)
    del upstream.extra["/fred/series"]
    pages = fred_server(DAYS, ["1"] * 4)
    upstream.serve(
        lambda asked: fred_description(asked) if asked.path == "/fred/series" else pages(asked)
    )
    assert len(fetch()) == 4
    assert [asked.path.rpartition("/")[2] for asked in upstream.asked] == [
        "series",
        "observations",
        "observations",
    ]


DESCRIBED: dict[str, tuple[Answer, type[SourceError], str]] = {
    "cents": (
        Answer({"seriess": [{"units": "Cents per Gallon", "frequency": "Daily"}]}),
        UnitMismatchError,
        "is in Cents per Gallon instead of Dollars per Barrel",
    ),
    "no unit": (Answer({"seriess": [{"frequency": "Daily"}]}), UnitMismatchError, "no stated unit"),
    "a coarser frequency": (
        Answer({"seriess": [{"units": "Dollars per Barrel", "frequency": "Monthly"}]}),
        SourceFormatError,
        "is Monthly, not daily",
    ),
    "nothing": (Answer({"seriess": []}), SourceFormatError, "'seriess' does not describe"),
    "another form": (Answer({"series": {}}), SourceFormatError, "'seriess' does not describe"),
}  # a table, one case a line


@pytest.mark.parametrize("fault", DESCRIBED)
def test_a_description_that_does_not_fit_stops_the_load(fault: str, upstream: Upstream) -> None:
    answer, error, words = DESCRIBED[fault]
    upstream.extra["/fred/series"] = lambda _: answer
    with pytest.raises(SourceError, match=words) as caught:
        fetch()
    assert type(caught.value) is error
    assert upstream.asked == []


@pytest.mark.network
@pytest.mark.parametrize("key", SERIES)
def test_the_live_api_still_answers(
    key: str, live: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FRED_API_KEY", live("LIVE_FRED_API_KEY"))
    monkeypatch.setenv("WELLHEAD_VAR_DIR", str(tmp_path))
    get_settings.cache_clear()
    rows = fetch(key)
    get_settings.cache_clear()
    assert len(rows) > (900 if SERIES[key].frequency == "monthly" else 2_000)
    if key == "WTI":
        assert rows.set_index("observed_at")["value"]["2020-04-20"] == "-36.98"
