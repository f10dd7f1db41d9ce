"""Source `fred` without a key, against a server that speaks as FRED's graphs do."""

import datetime
import gzip
from collections.abc import Callable
from pathlib import Path

import httpx
import pandas as pd
import pytest

from tests.ingestion.forms import business_days, graph_file, graph_server
from tests.ingestion.replay import Answer, Upstream
from tests.loads import ingest
from wellhead import __version__
from wellhead.calendars import now
from wellhead.catalogue.lookup import find_instrument
from wellhead.database.operations import get_price_data
from wellhead.errors import (
    EmptySourceError,
    SettingsError,
    SourceError,
    SourceFormatError,
    SourceUnavailableError,
    UnitMismatchError,
)
from wellhead.ingestion import fred_graph, http, responses
from wellhead.ingestion.alfred import Alfred
from wellhead.ingestion.fred import SERIES, Fred
from wellhead.ingestion.pacing import ATTEMPTS
from wellhead.settings import get_settings
from wellhead.validation.parsing import parse

DAYS = business_days(3, "2020-04-17")
VALUES = ["18.31", "-36.98", "8.91"]
GOOD = Answer(graph_file(DAYS, VALUES))


def fetch(key: str = "WTI", since: datetime.date | None = None) -> pd.DataFrame:
    return Fred().fetch(find_instrument(key), SERIES[key].frequency, since)


def test_one_request_without_a_key_holds_a_whole_series(keyless: Upstream) -> None:
    keyless.script(GOOD)
    rows = fetch()
    [asked] = keyless.asked
    assert asked.path == "/graph/fredgraph.csv"
    assert asked.query == {"id": "DCOILWTICO"}
    assert asked.headers["User-Agent"] == f"wellhead/{__version__}"
    assert rows["observed_at"].tolist() == DAYS
    assert rows["value"].tolist() == VALUES
    assert "stated" not in rows.attrs


def test_an_update_asks_for_the_days_since_one_and_gets_no_others(keyless: Upstream) -> None:
    keyless.script(GOOD)  # the whole series, whatever is asked for
    rows = fetch(since=datetime.date(2020, 4, 21))
    assert keyless.asked[0].query == {
        "id": "DCOILWTICO",
        "cosd": "2020-04-21",
        "coed": str(now().date()),
    }
    assert rows["value"].tolist() == ["8.91"]


def test_with_a_key_the_api_is_asked_and_not_the_graph(upstream: Upstream) -> None:
    upstream.script(Answer({"units": "lin", "count": 1, "observations": []}))
    with pytest.raises(SourceError):
        fetch()
    assert "/graph" not in "".join(asked.path for asked in upstream.asked)


@pytest.mark.parametrize("missing", ["", ".", " "])
@pytest.mark.parametrize("day", fred_graph.DAY_NAMES)
def test_both_headers_and_both_signs_of_a_holiday_are_read(
    day: str, missing: str, keyless: Upstream
) -> None:
    keyless.script(Answer(graph_file(DAYS, ["18.31", missing, "8.91"], day=day)))
    rows = fetch()
    assert rows["value"].tolist() == ["18.31", None, "8.91"]
    assert parse(rows).missing == 1


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(keyless: Upstream) -> None:
    text = graph_file(DAYS, VALUES).replace("\n", "\r\n")
    keyless.script(Answer(b"\xef\xbb\xbf" + text.encode()))
    assert fetch()["value"].tolist() == VALUES


PASSING = {
    "busy, without saying how long": [Answer("Too Many Requests", 429)],
    "busy, and saying how long": [Answer("slow down", 429, {"Retry-After": "7"})],
    "an error of the server": [Answer("oops", 500)],
    "a gateway in the way": [Answer("<html>Bad Gateway</html>", 502), Answer("", 504)],
    "busy as text with status 200": [Answer("Too Many Requests")],
    "a transfer that breaks off": [Answer("observation_date,DCOI", claimed=9_999)],
    "a body that is cut amid a value": [Answer(GOOD.body[:-4])],
    "a body that is cut behind a value": [Answer(GOOD.body[:-1])],
    "a connection reset amid the body": [Answer(GOOD.body, claimed=9_999, reset=True)],
    "bytes that do not unpack": [Answer("no gzip", headers={"Content-Encoding": "gzip"})],
    "bytes that stop unpacking": [
        Answer(gzip.compress(GOOD.content)[:-20], headers={"Content-Encoding": "gzip"})
    ],
    "four faults in a row": [Answer("", 500), Answer("", 429), Answer("", 503), Answer("<html>")],
}


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_costs_no_row(fault: str, keyless: Upstream) -> None:
    keyless.script(*PASSING[fault], GOOD)
    assert fetch()["value"].tolist() == VALUES
    assert len(keyless.asked) == len(PASSING[fault]) + 1
    if fault == "busy, and saying how long":
        assert 7 in keyless.pauses


LASTING: dict[str, tuple[Answer, type[SourceError], str]] = {
    "busy": (Answer("", 429), SourceUnavailableError, "HTTP 429"),
    "down": (Answer("<html>down</html>", 503), SourceUnavailableError, "HTTP 503"),
    "busy as text": (Answer("Too Many Requests"), SourceUnavailableError, "HTTP 200"),
    "broken transfers": (Answer("o", claimed=99), SourceUnavailableError, "broke off"),
    "HTML": (Answer("<html>hello</html>"), SourceFormatError, "HTML page .* needs a key"),
    "plain text": (Answer("hello"), SourceFormatError, "text instead of CSV"),
    "nothing": (Answer(""), SourceFormatError, "text instead of CSV"),
    "JSON": (Answer({"a": 1}), SourceFormatError, "text instead of CSV"),
    "half a file": (Answer(GOOD.body[:40]), SourceFormatError, r"cut off \(40 bytes\)"),
    "a quote without end": (
        Answer(GOOD.body.replace("18.31", '"18.31')),
        SourceFormatError,
        "malformed CSV",
    ),
}  # a table, one case a line


@pytest.mark.parametrize("fault", LASTING)
def test_a_fault_that_lasts_is_its_own_error_after_a_bounded_number_of_requests(
    fault: str, keyless: Upstream
) -> None:
    answer, error, words = LASTING[fault]
    keyless.serve(lambda _: answer)
    with pytest.raises(SourceError, match=words) as caught:
        fetch()
    assert type(caught.value) is error
    assert f"Tried {ATTEMPTS} times" in str(caught.value)
    assert len(keyless.asked) == ATTEMPTS


@pytest.mark.parametrize(
    ("status", "body"), [(400, "nonsense"), (403, "<html>forbidden</html>"), (404, ""), (302, "")]
)
def test_a_refusal_is_not_asked_for_again_and_names_the_key(
    status: int, body: str, keyless: Upstream
) -> None:
    keyless.serve(lambda _: Answer(body, status, {"Location": f"{keyless.url}/elsewhere"}))
    with pytest.raises(SourceUnavailableError, match=f"refused: HTTP {status}.*FRED_API_KEY"):
        fetch()
    assert len(keyless.asked) == 1


FAULTS: dict[str, tuple[str, type[SourceError], str]] = {
    "another series": (
        graph_file(DAYS, VALUES, "DCOILBRENTEU"),
        SourceFormatError,
        "header is 'observation_date,DCOILBRENTEU', not observation_date,DCOILWTICO",
    ),
    "another name of the day": (
        graph_file(DAYS, VALUES, day="period"),
        SourceFormatError,
        "header is 'period,DCOILWTICO'",
    ),
    "two series": (
        GOOD.body.replace("DCOILWTICO", "DCOILWTICO,VIXCLS"),
        SourceFormatError,
        "header is",
    ),
    "a surplus cell": (GOOD.body.replace("8.91", "8,91"), SourceFormatError, "two cells"),
    "an empty line": (GOOD.body.replace("\n", "\n\n", 2), SourceFormatError, "two cells"),
    "no rows": (graph_file([], []), EmptySourceError, "no rows, although"),
}  # a table, one case a line


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_answer_is_its_own_error_and_no_partial_answer(
    fault: str, keyless: Upstream
) -> None:
    body, error, words = FAULTS[fault]
    keyless.script(Answer(body))
    with pytest.raises(SourceError, match=words) as caught:
        fetch()
    assert type(caught.value) is error
    assert len(keyless.asked) == 1


def test_a_cell_that_is_no_number_stays_for_the_gate(keyless: Upstream) -> None:
    keyless.script(Answer(graph_file(DAYS, ["18.31", "n.v.", "8.91"])))
    rows = fetch()
    assert rows["value"].tolist() == ["18.31", "n.v.", "8.91"]
    assert parse(rows).rows["value"].isna().tolist() == [False, True, False]


def test_an_answer_that_never_comes_or_drips_is_given_up(
    keyless: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", httpx.Timeout(0.1))
    keyless.serve(lambda _: Answer(GOOD.body, delay=5))
    with pytest.raises(SourceUnavailableError, match="did not answer"):
        fetch()
    monkeypatch.setattr(http, "TIMEOUT", httpx.Timeout(5))
    monkeypatch.setattr(responses, "DEADLINE", 0.2)
    keyless.serve(lambda _: Answer(GOOD.body, drip=0.05))
    with pytest.raises(SourceUnavailableError, match="did not finish its answer"):
        fetch()


def test_a_server_that_is_not_there_and_an_address_that_is_none(
    keyless: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLHEAD_FRED_GRAPH_BASE_URL", "http://127.0.0.1:1")
    get_settings.cache_clear()
    with pytest.raises(SourceUnavailableError, match="cannot be reached"):
        fetch()
    monkeypatch.setenv("WELLHEAD_FRED_GRAPH_BASE_URL", "fred")
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match="WELLHEAD_FRED_GRAPH_BASE_URL is not a URL"):
        fetch()


def test_the_pace_is_one_request_a_second(keyless: Upstream) -> None:
    keyless.serve(lambda _: GOOD)
    fetch()
    fetch()
    assert fred_graph.PACE.spacing == 1
    assert 0.5 < sum(keyless.pauses) <= 1


BASES = [
    ("INDUSTRIAL_PRODUCTION", [f"2017-{month:02d}-01" for month in range(1, 13)]),
    ("DOLLAR_INDEX", ["2006-01-03", "2006-01-31"]),
]


@pytest.mark.parametrize(("key", "days"), BASES)
def test_an_index_on_another_base_is_refused(key: str, days: list[str], keyless: Upstream) -> None:
    for level, fits in (("100.4", True), ("98.1", False), ("71.3", False)):
        keyless.script(Answer(graph_file(days, [level] * len(days), SERIES[key].code)))
        if fits:
            assert len(fetch(key)) == len(days)
        else:
            with pytest.raises(UnitMismatchError, match="is no longer Index"):
                fetch(key)


def test_a_part_of_the_base_period_says_nothing(keyless: Upstream) -> None:
    keyless.serve(graph_server(["1984-01-01", "1984-02-01"], ["102.1", "102.6"]))
    assert len(fetch("CONSUMER_PRICES", datetime.date(1984, 1, 1))) == 2


@pytest.mark.parametrize("key", SERIES)
def test_every_series_is_in_the_unit_of_the_catalogue(key: str, keyless: Upstream) -> None:
    keyless.serve(graph_server(["2024-01-02", "2024-01-03"], ["1", "2"]))
    assert set(fetch(key)["unit"]) == {find_instrument(key).unit}
    assert keyless.asked[0].query["id"] == SERIES[key].code


def test_vintages_need_a_key(keyless: Upstream) -> None:
    with pytest.raises(SettingsError, match=r"FRED_API_KEY.*fred\.stlouisfed\.org"):
        Alfred().fetch(find_instrument("DOLLAR_INDEX"), "daily")


def test_lost_days_show_in_the_calendar_and_a_revision_is_known_from_its_load(
    store: str, keyless: Upstream
) -> None:
    days = business_days(300, "2024-01-02")
    values = [f"{70 + i % 9}.25" for i in range(300)]
    lost = [day for day in days if day != days[200]]
    keyless.serve(graph_server(lost, values[1:]))
    (loaded,) = ingest("WTI", "fred")
    found = loaded.rules.set_index("rule")["caught"]
    assert loaded.answer.stated is None
    assert found["no-gap-before"] == 1
    assert found["newest-day-is-fresh"] == 1  # they end long ago

    revised = values[1:]
    revised[-3] = "91.5"
    keyless.serve(graph_server(lost, revised))
    before = now()
    (again,) = ingest("WTI", "fred")
    assert again.batch["rows_revised"] == 1
    then = get_price_data("WTI", source="fred", as_of=before)
    assert then["value"].iloc[-3] != 91.5
    assert get_price_data("WTI", source="fred")["value"].iloc[-3] == 91.5


def test_an_update_finds_a_new_base_because_every_day_has_changed(
    store: str, keyless: Upstream
) -> None:
    months = [str(day.date()) for day in pd.date_range("2010-01-01", "2024-06-01", freq="MS")]
    keyless.serve(graph_server(months, ["100.25"] * len(months)))
    ingest("INDUSTRIAL_PRODUCTION", "fred")
    keyless.serve(graph_server(months, ["96.75"] * len(months)))
    with pytest.raises(UnitMismatchError, match="is no longer Index"):
        ingest("INDUSTRIAL_PRODUCTION", "fred")
    assert "cosd" in keyless.asked[-2].query
    assert keyless.asked[-1].query == {"id": "INDPRO"}


@pytest.mark.network
@pytest.mark.parametrize("key", SERIES)
def test_the_live_graph_still_answers(
    key: str, live: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WELLHEAD_VAR_DIR", str(tmp_path))
    get_settings.cache_clear()
    rows = fetch(key)
    assert len(rows) > (900 if SERIES[key].frequency == "monthly" else 2_000)
    if key == "WTI":
        assert rows.set_index("observed_at")["value"]["2020-04-20"] == "-36.98"
