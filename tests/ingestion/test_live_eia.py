"""Source `eia` against a server that speaks EIA's API: every row in the right unit, or an error."""

import datetime
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.ingestion.forms import business_days, eia_page, eia_rows, eia_server
from tests.ingestion.replay import KEY, SHOWN, Answer, Upstream, recorded
from wellhead.catalogue.lookup import find_instrument
from wellhead.errors import (
    EmptySourceError,
    SettingsError,
    SourceError,
    SourceFormatError,
    SourceUnavailableError,
    UnitMismatchError,
    UnknownSourceError,
)
from wellhead.ingestion.base import RAW_COLUMNS
from wellhead.ingestion.eia import PAGE_LENGTH, SERIES, Eia
from wellhead.settings import get_settings
from wellhead.validation.parsing import parse

THREE = ["2020-04-17", "2020-04-20", "2020-04-21"]


def fetch(key: str = "WTI") -> pd.DataFrame:
    instrument = find_instrument(key)
    source = Eia()
    return source.fetch(instrument, source.frequencies(instrument)[0])


@pytest.mark.parametrize("total", [1, 4_999, 5_000, 5_001, 9_943, 10_000])
def test_the_answer_has_as_many_rows_as_the_total_states(total: int, upstream: Upstream) -> None:
    days = business_days(total)
    upstream.serve(eia_server(eia_rows(days, [f"{i}.5" for i in range(total)])))
    rows = fetch()
    assert len(rows) == total
    assert rows["observed_at"].tolist() == days
    assert rows["value"].tolist() == [f"{i}.5" for i in range(total)]
    assert len(upstream.asked) == -(-total // PAGE_LENGTH)


def test_the_real_series_comes_through_the_pages_unchanged(
    upstream: Upstream, shared_prices: Path
) -> None:
    real = pd.read_csv(shared_prices / "wti_spot_daily.csv", dtype=str)
    upstream.serve(eia_server(eia_rows(real["date"].tolist(), real["value"].tolist())))
    rows = fetch()
    assert rows["observed_at"].tolist() == real["date"].tolist()
    assert rows["value"].tolist() == real["value"].tolist()
    assert "-36.98" in set(rows["value"])


def test_values_are_kept_as_written_and_read_as_numbers(upstream: Upstream) -> None:
    upstream.script(eia_page(eia_rows([*THREE, "2020-04-22"], ["-36.98", ".833", 18.31, None]), 4))
    rows = fetch()
    assert tuple(rows.columns) == RAW_COLUMNS
    assert rows["value"].tolist()[:3] == ["-36.98", ".833", 18.31]
    assert pd.isna(rows["value"].iloc[3])
    assert set(rows["unit"]) == {"USD/bbl"}
    parsed = parse(rows)
    assert parsed.rows["value"].tolist() == [-36.98, 0.833, 18.31]
    assert parsed.missing == 1


@pytest.mark.parametrize("key", SERIES)
def test_every_series_is_asked_for_in_order_and_arrives_in_the_catalogues_unit(
    key: str, upstream: Upstream
) -> None:
    upstream.serve(lambda asked: eia_page(eia_rows(THREE, ["1"] * 3, SERIES[key].code)))
    assert set(fetch(key)["unit"]) == {find_instrument(key).unit}
    asked = upstream.asked[0]
    assert asked.path == f"/v2/{SERIES[key].route}/data/"
    assert asked.query == {
        "frequency": SERIES[key].frequency,
        "data[0]": "value",
        "facets[series][]": SERIES[key].code,
        "sort[0][column]": "period",
        "sort[0][direction]": "asc",
        "offset": "0",
        "length": "5000",
        "api_key": KEY,
    }


def test_a_recorded_answer_is_read(upstream: Upstream) -> None:
    [exchange] = recorded("eia/petroleum_spt_weekly_RWTC_2026-07-09.json")
    upstream.script(Answer(exchange["body"]))
    assert fetch()[["observed_at", "value"]].to_numpy().tolist() == [["1986-01-03", "25.78"]]


def test_the_recorded_futures_contract_is_read(upstream: Upstream) -> None:
    [exchange] = recorded("eia/natural_gas_fut_weekly_RNGC4_2026-07-09.json")
    upstream.script(Answer(exchange["body"]))
    rows = fetch("HENRY_HUB_FUTURE_4")
    assert rows[["observed_at", "value", "unit"]].to_numpy().tolist() == [
        ["1993-12-24", "1.869", "USD/MMBtu"]
    ]


@pytest.mark.parametrize(("frequency", "start"), [("daily", "2024-02-15"), ("monthly", "2024-02")])
def test_a_window_begins_with_a_stamp_of_the_series_frequency(
    frequency: str, start: str, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EIA compares as text: for months 2024-02-15 would leave out February, and 2024-03 is due."""
    monkeypatch.setitem(SERIES, "WTI", SERIES["WTI"]._replace(frequency=frequency))
    stamps = ["2024-02", "2024-03"] if frequency == "monthly" else ["2024-02-15", "2024-02-16"]
    upstream.serve(eia_server(eia_rows(stamps, ["1", "2"])))
    since = datetime.date(2024, 2, 15 if frequency == "daily" else 1)
    rows = Eia().fetch(find_instrument("WTI"), frequency, since)
    assert upstream.asked[0].query["start"] == start
    assert rows["value"].tolist() == ["1", "2"]
    assert parse(rows).rows["observed_at"].notna().all()


def test_short_pages_are_followed_up_from_where_they_ended(upstream: Upstream) -> None:
    rows = eia_rows(business_days(10), list(range(10)))
    upstream.script(eia_page(rows[:6], 10), eia_page(rows[6:8], 10), eia_page(rows[8:], 10))
    assert fetch()["value"].tolist() == list(range(10))
    assert [asked.query["offset"] for asked in upstream.asked] == ["0", "6", "8"]


ROWS = eia_rows(business_days(10), list(range(10)))
WARNED = {"warnings": [{"warning": "incomplete return", "description": "5000 rows."}]}
RENAMED = [{("amount" if k == "value" else k): v for k, v in row.items()} for row in ROWS]
FAULTS: dict[str, tuple[list[Answer], type[SourceError], str]] = {
    "no rows": ([eia_page([])], EmptySourceError, "no rows"),
    "a page repeated": (
        [eia_page(ROWS[:5], 10)] * 2,
        SourceFormatError,
        "repeats 5 days .* 1986-01-02",
    ),
    "pages that overlap": (
        [eia_page(ROWS[:5], 10), eia_page(ROWS[4:9], 10)],
        SourceFormatError,
        "repeats 1 days",
    ),
    "an empty page too early": (
        [eia_page(ROWS[:5], 10), eia_page([], 10)],
        SourceFormatError,
        "have 5 rows and 10",
    ),
    "more rows than stated": ([eia_page(ROWS, 9)], SourceFormatError, "10 rows and 9 are stated"),
    "a total that grows": (
        [eia_page(ROWS[:5], 10), eia_page(ROWS[5:], 11)],
        SourceUnavailableError,
        "changed from 10 to 11",
    ),
    "a total that shrinks to the rows read": (
        [eia_page(ROWS[:5], 10), eia_page([], 5)],
        SourceUnavailableError,
        "changed from 10 to 5",
    ),
    "a cut answer that claims to be whole": (
        [eia_page(ROWS, 10, **WARNED)],
        SourceFormatError,
        "warns of an incomplete return",
    ),
    "no total": ([Answer({"response": {"data": ROWS}})], SourceFormatError, "'total' is missing"),
    "a total in words": ([eia_page(ROWS, "many")], SourceFormatError, "'total' is 'many'"),
    "a total of nothing": (
        [Answer({"response": {"total": None, "data": ROWS}})],
        SourceFormatError,
        "'total' is None",
    ),
    "a value that is no value": (
        [eia_page(eia_rows(THREE, [1, {"amount": 2}, 3]))],
        SourceFormatError,
        "'value' has .*amount.* neither text nor a number",
    ),
    "a value that is a truth": (
        [eia_page(eia_rows(THREE, [1, True, 3]))],
        SourceFormatError,
        "'value' has True",
    ),
    "a page that repeats for ever": (
        [eia_page(ROWS[:1], 10**9)] * 3,
        SourceFormatError,
        "repeats 1 days",
    ),
    "a field renamed": ([eia_page(RENAMED)], SourceFormatError, "'value' is missing; .*amount"),
    "no response": ([Answer({"data": ROWS})], SourceFormatError, "'response' is missing"),
    "rows that are no rows": ([eia_page(["a"])], SourceFormatError, "'data' is not a list"),
    "another series": (
        [eia_page(eia_rows(THREE, [1, 2, 3], "RBRTE"))],
        SourceFormatError,
        "the series RBRTE",
    ),
    "another unit": (
        [eia_page(eia_rows(THREE, [1, 2, 3], units="CENTS/GAL"))],
        UnitMismatchError,
        "is in CENTS/GAL; WTI is kept in USD/bbl",
    ),
    "a unit that changes midway": (
        [eia_page(eia_rows(THREE[:1], [1]) + eia_rows(THREE[1:], [2, 3], units="$/GAL"))],
        UnitMismatchError,
        r"\$/BBL, \$/GAL",
    ),
    "a bad key": (
        [Answer({"error": {"code": "API_KEY_INVALID", "message": f"not {KEY}"}}, 403)],
        SourceUnavailableError,
        "HTTP 403.*API_KEY_INVALID: not [*]{3}.*Correct EIA_API_KEY",
    ),
    "no key in EIA's other form": (
        [Answer({"error": "API_KEY_MISSING", "code": 403}, 403)],
        SourceUnavailableError,
        "HTTP 403.*API_KEY_MISSING.*Correct EIA_API_KEY",
    ),
    "a bad frequency": (
        [Answer({"error": "Invalid frequency 'hourly' provided.", "code": 400}, 400)],
        SourceUnavailableError,
        "HTTP 400.*Invalid frequency.*WELLHEAD_EIA_BASE_URL",
    ),
    "an error with status 200": (
        [Answer({"error": "no such route", "code": 404})],
        SourceUnavailableError,
        "no such route",
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
    assert "\n" not in str(caught.value)
    assert SHOWN not in reported_text(caught.value)


def test_a_missing_key_is_one_error_that_names_the_variable_and_where_to_get_one(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EIA_API_KEY", "")
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match=r"EIA_API_KEY.*eia\.gov/opendata/register"):
        fetch()
    assert upstream.asked == []


@pytest.mark.parametrize("url", ["api.eia.gov", "ftp://eia", "", "http://"])
def test_a_base_url_that_is_none_names_the_setting(
    url: str, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLHEAD_EIA_BASE_URL", url)
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match="WELLHEAD_EIA_BASE_URL"):
        fetch()


def test_an_instrument_it_does_not_carry_is_not_asked_for(upstream: Upstream) -> None:
    with pytest.raises(UnknownSourceError, match="does not carry WTI_FRONT"):
        Eia().fetch(find_instrument("WTI_FRONT"), "daily")
    assert upstream.asked == []


def test_a_version_lasts_a_day(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "wellhead.ingestion.base.now", lambda: pd.Timestamp("2026-07-09 23:59", tz="UTC")
    )
    assert Eia().version(find_instrument("WTI")) == "2026-07-09"
    assert upstream.asked == []


@pytest.mark.network
def test_the_live_api_still_answers(
    live: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EIA_API_KEY", live("LIVE_EIA_API_KEY"))
    monkeypatch.setenv("WELLHEAD_VAR_DIR", str(tmp_path))
    get_settings.cache_clear()
    rows = fetch()
    get_settings.cache_clear()
    known = dict(zip(rows["observed_at"], rows["value"].astype(float), strict=True))
    assert known["2020-04-20"] == -36.98
    assert len(rows) > 10_000


def test_the_key_is_in_no_text_of_a_successful_fetch(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    upstream.serve(eia_server(ROWS))
    rows = fetch()
    assert "HTTP Request" in caplog.text  # httpx does log the URL
    for text in (caplog.text, json.dumps(rows.to_dict("records")), repr(get_settings())):
        assert SHOWN not in text
