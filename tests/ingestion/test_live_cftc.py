"""Source `cftc` against a server that speaks as CFTC's reports do."""

import datetime
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.ingestion.forms import cftc_rows, cftc_server
from tests.ingestion.replay import Answer, Upstream
from tests.loads import ingest
from wellhead.catalogue.lookup import find_instrument
from wellhead.database.operations import get_price_data
from wellhead.errors import EmptySourceError, SourceError, SourceFormatError, SourceUnavailableError
from wellhead.ingestion import cftc
from wellhead.ingestion.cftc import SERIES, Cftc
from wellhead.settings import get_settings

KEY = "WTI_MANAGED_MONEY_NET"


def tuesdays(count: int, start: str = "2024-01-02") -> list[str]:
    return [str(day.date()) for day in pd.date_range(start, periods=count, freq="7D")]


def fetch(key: str = KEY, since: datetime.date | None = None) -> pd.DataFrame:
    return Cftc().fetch(find_instrument(key), "weekly", since)


def test_the_value_is_long_less_short_of_tuesday(upstream: Upstream) -> None:
    upstream.serve(cftc_server(cftc_rows(tuesdays(3), [120, 0, -75_000], short=80_000)))
    rows = fetch()
    assert rows["observed_at"].tolist() == tuesdays(3)
    assert rows["value"].tolist() == ["120", "0", "-75000"]
    assert set(rows["unit"]) == {"contracts"}
    assert rows.attrs == {"stated": 3, "pages": 1}


def test_a_market_is_counted_and_then_read_in_order(upstream: Upstream) -> None:
    upstream.serve(cftc_server(cftc_rows(tuesdays(3), [1, 2, 3], "023651")))
    fetch("HENRY_HUB_MANAGED_MONEY_NET", datetime.date(2024, 1, 3))
    where = (
        "cftc_contract_market_code = '023651' "
        "AND report_date_as_yyyy_mm_dd >= '2024-01-03T00:00:00'"
    )
    fields = (
        "report_date_as_yyyy_mm_dd, cftc_contract_market_code, m_money_positions_long_all, "
        "m_money_positions_short_all"
    )
    counted, read = upstream.asked
    assert counted.path == read.path == "/resource/72hh-3qpy.json"
    assert counted.query == {"$where": where, "$select": "count(*) AS total"}
    assert read.query == {
        "$where": where,
        "$select": fields,
        "$order": "report_date_as_yyyy_mm_dd",
        "$limit": "1000",
        "$offset": "0",
    }


@pytest.mark.parametrize("count", [1, 9, 10, 11, 25])
def test_all_pages_are_read(
    count: int, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cftc, "PAGE_LENGTH", 10)
    upstream.serve(cftc_server(cftc_rows(tuesdays(count), list(range(count)))))
    rows = fetch()
    assert rows["value"].tolist() == [str(n) for n in range(count)]
    assert len(upstream.asked) == 1 + -(-count // 10)


def test_a_report_of_monday_stands_for_the_tuesday_that_is_a_holiday(upstream: Upstream) -> None:
    days = ["2023-06-27", "2023-07-03", "2023-07-11"]
    upstream.serve(cftc_server(cftc_rows(days, [1, 2, 3])))
    assert fetch()["observed_at"].tolist() == ["2023-06-27", "2023-07-04", "2023-07-11"]
    window = fetch(since=datetime.date(2023, 7, 4))
    assert window["observed_at"].tolist() == ["2023-07-04", "2023-07-11"]
    assert window.attrs["stated"] == 2


def test_numbers_may_be_numbers_and_a_cell_that_is_none_stays_for_the_gate(
    upstream: Upstream,
) -> None:
    rows = cftc_rows(tuesdays(3), [1, 2, 3])
    numbers = {k: int(v) if "money" in k else v for k, v in rows[0].items()}
    unread = {**rows[1], "m_money_positions_short_all": "-7"}
    upstream.serve(cftc_server([numbers, unread, rows[2]]))  # type: ignore[list-item]
    assert fetch()["value"].tolist() == ["1", "long 50002, short -7", "3"]


REPORT = cftc_rows(["2024-01-02"], [1])[0]
COUNTED = Answer([{"total": "1"}])
FAULTS: dict[str, tuple[list[Answer], type[SourceError], str]] = {
    "no rows": ([Answer([{"total": "0"}])], EmptySourceError, "no rows, although the market"),
    "no total": ([Answer([])], SourceFormatError, "number of rows is not stated"),
    "a total that is none": ([Answer([{"total": "many"}])], SourceFormatError, "not stated"),
    "a row fewer than counted": (
        [Answer([{"total": "2"}]), Answer([REPORT]), Answer([])],
        SourceFormatError,
        "have 1 rows and 2",
    ),
    "a row without positions": (
        [COUNTED, Answer([{k: v for k, v in REPORT.items() if "short" not in k}])],
        SourceFormatError,
        "'m_money_positions_short_all' is missing",
    ),
    "another market": (
        [COUNTED, Answer([{**REPORT, "cftc_contract_market_code": "023651"}])],
        SourceFormatError,
        "the answer has market 023651",
    ),
    "an error with status 200": (
        [Answer({"error": True, "message": "Internal error"})],
        SourceUnavailableError,
        "HTTP 200 OK Internal error. If WELLHEAD_CFTC_BASE_URL is set",
    ),
    "a query that is refused": (
        [Answer({"errorCode": "query.soql", "message": "No such column: x"}, 400)],
        SourceUnavailableError,
        "refused: HTTP 400 .*No such column: x",
    ),
    "a redirect": (
        [Answer("", 302, {"Location": "http://127.0.0.1:1/"})],
        SourceUnavailableError,
        "refused: HTTP 302",
    ),
}  # a table, one case a line


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_its_own_error_and_no_partial_answer(fault: str, upstream: Upstream) -> None:
    answers, error, words = FAULTS[fault]
    upstream.script(*answers)
    with pytest.raises(SourceError, match=words) as caught:
        fetch()
    assert type(caught.value) is error
    assert len(upstream.asked) == len(answers)


def test_an_answer_that_is_still_being_prepared_is_asked_for_again(upstream: Upstream) -> None:
    upstream.script(Answer({"message": "pending"}, 202), COUNTED, Answer("", 429), Answer([REPORT]))
    assert fetch()["value"].tolist() == ["1"]


def test_a_few_weeks_can_be_loaded_and_are_known_from_friday(
    store: str, upstream: Upstream
) -> None:
    upstream.serve(cftc_server(cftc_rows(tuesdays(8, "2024-02-06"), [-3, 5] * 4)))
    (loaded,) = ingest(KEY, "cftc")
    assert loaded.batch["rows_quarantined"] == 0
    assert loaded.batch["rows_added"] == 8
    thursday, saturday = "2024-02-29", "2024-03-02"
    newest = [
        get_price_data(KEY, source="cftc", frequency="weekly", as_of=moment)["observed_at"].max()
        for moment in (thursday, saturday)
    ]
    assert [str(day.date()) for day in newest] == ["2024-02-20", "2024-02-27"]


@pytest.mark.network
@pytest.mark.parametrize("key", SERIES)
def test_the_live_reports_still_answer(
    key: str, live: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WELLHEAD_VAR_DIR", str(tmp_path))
    get_settings.cache_clear()
    rows = fetch(key)
    assert len(rows) > 1_000
    assert rows["observed_at"].iloc[0] == "2006-06-13"
