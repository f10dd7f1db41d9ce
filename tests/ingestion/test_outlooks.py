"""Issues of EIA's STEO, from a file and from EIA's API: all of them or nothing, and once."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.ingestion.forms import eia_page
from tests.ingestion.replay import KEY, SHOWN, Answer, Asked, Upstream
from wellhead.catalogue.outlook import SERIES, newest_issue, published_at
from wellhead.database.operations import read_table
from wellhead.errors import (
    EmptySourceError,
    InputError,
    SettingsError,
    SourceError,
    SourceFormatError,
    SourceUnavailableError,
    UnitMismatchError,
    ValidationRefusedError,
)
from wellhead.settings import get_settings
from wellhead.workflows.loading import outlooks
from wellhead.workflows.loading.outlooks import fetch_issue, load_issues

HEADER = "steo_issue,series,period,value,kind"
ROWS = [
    "2020-04,WTIPUUS,2020-04,-3.5,forecast",
    "2020-04,WTIPUUS,2020-05,31,forecast",
    "2020-04,WTIPUUS,2020-03,29.2,estimate",
    "2020-04,NGHHUUS,2020-04,1.65,forecast",
    "2020-05,WTIPUUS,2020-05,22,forecast",
]
UNITS = {
    "WTIPUUS": "dollars per barrel",
    "BREPUUS": "dollars per barrel",
    "NGHHUUS": "dollars per million Btu",
}


def written(folder: Path, rows: list[str], header: str = HEADER) -> Path:
    path = folder / "steo.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.mark.usefixtures("store")
class TestAFile:
    def test_is_stored_once_with_what_each_month_knew(self, tmp_path: Path) -> None:
        path = written(tmp_path, ROWS)
        assert (load_issues(path).new, load_issues(path).new) == (5, 0)
        stored = read_table("outlooks", commodity="WTI")
        assert stored[["issue", "value", "kind", "series"]].to_numpy().tolist() == [
            ["2020-04", 29.2, "estimate", "WTIPUUS"],
            ["2020-04", -3.5, "forecast", "WTIPUUS"],
            ["2020-04", 31.0, "forecast", "WTIPUUS"],
            ["2020-05", 22.0, "forecast", "WTIPUUS"],
        ]
        assert stored["target_at"].iloc[1] == pd.Timestamp("2020-04-01", tz="UTC")
        assert set(stored["unit"]) == {"USD/bbl"}
        published_on = stored["available_at"].dt.strftime("%Y-%m-%d %H:%M").tolist()
        assert published_on == ["2020-04-07 17:00"] * 3 + ["2020-05-12 17:00"]
        assert set(read_table("outlooks", commodity="HENRY_HUB")["unit"]) == {"USD/MMBtu"}

    def test_a_longer_file_adds_what_is_new(self, tmp_path: Path) -> None:
        load_issues(written(tmp_path, ROWS[:2]))
        assert load_issues(written(tmp_path, ROWS)).new == 3

    @pytest.mark.parametrize(
        ("cell", "rule"),
        [
            ("2020-05,WTIPUUS,2020-05,22;5,forecast", "value-is-a-number"),
            ("2020-05,WTIPUUS,2020-05,,forecast", "value-is-a-number"),
            ("2020-05,WTIPUUS,2020-05,inf,forecast", "value-is-a-number"),
            ("2020-05,WTIPUUS,2020-05,2200,forecast", "value-is-plausible"),
            ("2020-05,GOLD,2020-05,22,forecast", "series-is-known"),
            ("2020-13,WTIPUUS,2020-05,22,forecast", "issue-is-a-month"),
            ("2020-05,WTIPUUS,May 2020,22,forecast", "period-is-a-month"),
            ("2020-05,WTIPUUS,2020-04,22,forecast", "forecast-lies-ahead"),
            ("2020-05,WTIPUUS,2020-05,22,guess", "kind-is-known"),
            ("2920-05,WTIPUUS,2920-05,22,forecast", "issue-has-come"),
            ("2020-04,WTIPUUS,2020-04,-3.5,forecast", "month-has-one-value"),
        ],
    )
    def test_one_bad_row_refuses_it_whole_and_is_shown(
        self, cell: str, rule: str, tmp_path: Path
    ) -> None:
        with pytest.raises(ValidationRefusedError, match=rule) as caught:
            load_issues(written(tmp_path, [*ROWS[:4], cell]))
        assert list(caught.value.failures) == [rule]
        row = "row 2 " if rule == "month-has-one-value" else f"row 6 ({cell}"
        assert row in str(caught.value)
        assert "\n" not in str(caught.value)
        assert read_table("outlooks").empty

    def test_another_unit_is_refused(self, tmp_path: Path) -> None:
        rows = [f"{row},USD/bbl" for row in ROWS[:2]]
        path = written(tmp_path, [*rows, f"{ROWS[2]},cents"], f"{HEADER},unit")
        with pytest.raises(ValidationRefusedError, match="unit-is-the-catalogues"):
            load_issues(path)
        assert load_issues(written(tmp_path, rows, f"{HEADER},unit")).new == 2

    def test_an_issue_that_differs_from_the_stored_one_is_refused(self, tmp_path: Path) -> None:
        load_issues(written(tmp_path, ROWS[:2]))
        changed = [ROWS[0].replace("-3.5", "-3.6"), ROWS[4]]
        with pytest.raises(ValidationRefusedError, match=r"row 2 .*issue-does-not-change"):
            load_issues(written(tmp_path, changed))
        assert read_table("outlooks")["value"].tolist() == [-3.5, 31.0]

    @pytest.mark.parametrize(
        ("text", "error", "words"),
        [
            ("", EmptySourceError, "is empty. It needs the columns steo_issue,series"),
            (f"{HEADER}\n", EmptySourceError, "no rows"),
            ("issue,value\n1,2\n", SourceFormatError, "lacks the column kind and period"),
            ("\0\1\xff", SourceFormatError, "readable|lacks"),
        ],
    )
    def test_what_is_no_such_file_is_one_line(
        self, text: str, error: type[SourceError], words: str, tmp_path: Path
    ) -> None:
        path = tmp_path / "steo.csv"
        path.write_text(text, encoding="latin-1")
        with pytest.raises(error, match=words) as caught:
            load_issues(path)
        assert "\n" not in str(caught.value)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(SourceUnavailableError, match=r"nowhere\.csv cannot be opened"):
            load_issues(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("moment", "issue"),
    [
        ("2020-04-07 17:00", "2020-04"),
        ("2020-04-07 16:59", "2020-03"),
        ("2021-01-05", "2020-12"),
        ("2021-01-31", "2021-01"),
    ],
)
def test_the_newest_issue_follows_from_the_moment(moment: str, issue: str) -> None:
    assert newest_issue(moment) == issue
    assert published_at("2020-04") == pd.Timestamp("2020-04-07 17:00", tz="UTC")


def steo_server(issue: str, shift: float = 0.0, **cells: Any):
    """EIA's STEO route showing one issue: history, and forecasts to the December of next year."""
    months = pd.period_range("2019-01", f"{int(issue[:4]) + 1}-12", freq="M").astype(str)

    def respond(asked: Asked) -> Answer:
        code = asked.query["facets[seriesId][]"]
        price = 2.5 if code == "NGHHUUS" else 40.0
        rows = [
            {
                "period": month,
                "seriesId": code,
                "seriesDescription": "x",
                "unit": UNITS[code],
                "value": f"{price + shift + n / 100:g}",
                **cells,
            }
            for n, month in enumerate(months)
            if month >= asked.query["start"]
        ]
        first = int(asked.query["offset"])
        more = {"warnings": [{"warning": "incomplete return"}]} if len(rows) > 10 else {}
        return eia_page(rows[first : first + 10], str(len(rows)), **more)  # pages of ten

    return respond


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch):
    """Lets `fetch` believe that it is another day."""

    def be(moment: str) -> None:
        monkeypatch.setattr(outlooks, "now", lambda: pd.Timestamp(moment, tz="UTC"))

    return be


@pytest.mark.usefixtures("store")
class TestTheApi:
    def test_the_newest_issue_is_fetched_whole_and_once(self, upstream: Upstream, on) -> None:
        on("2020-04-20")
        upstream.serve(steo_server("2020-04"))
        assert fetch_issue().new == 3 * 21
        assert fetch_issue().new == 0
        first = upstream.asked[0]
        assert first.path == "/v2/steo/data/"
        assert first.query == {
            "frequency": "monthly",
            "data[0]": "value",
            "facets[seriesId][]": "WTIPUUS",
            "sort[0][column]": "period",
            "sort[0][direction]": "asc",
            "start": "2020-04",
            "offset": "0",
            "length": "5000",
            "api_key": KEY,
        }
        asked = [each.query["facets[seriesId][]"] for each in upstream.asked[:9]]
        assert asked == [code for code in SERIES.values() for _ in range(3)]
        stored = read_table("outlooks")
        assert set(stored["issue"]) == {"2020-04"}
        assert set(stored["kind"]) == {"forecast"}
        by_series = stored.groupby("commodity")["value"].first().to_dict()
        assert by_series == {"BRENT": 40.15, "HENRY_HUB": 2.65, "WTI": 40.15}

    def test_it_can_be_named_where_eia_departs_from_its_calendar(
        self, upstream: Upstream, on
    ) -> None:
        on("2020-04-20")
        upstream.serve(steo_server("2020-03"))
        assert set(fetch_issue("2020-03").rows["issue"]) == {"2020-03"}
        for wrong in ("2020-3", "March"):
            with pytest.raises(InputError, match="write it as YYYY-MM"):
                fetch_issue(wrong)
        upstream.serve(steo_server("2020-05", shift=1.5))
        with pytest.raises(ValidationRefusedError, match="issue-has-come"):
            fetch_issue("2020-05")

    def test_the_issue_before_is_not_taken_for_the_new_one(self, upstream: Upstream, on) -> None:
        upstream.serve(steo_server("2020-11"))
        on("2020-11-20")
        fetch_issue()
        on("2020-12-20")  # EIA is late
        with pytest.raises(
            SourceFormatError, match=r"shows the issue of 2020-11.*not that of 2020-12"
        ):
            fetch_issue()
        on("2021-01-20")
        with pytest.raises(SourceFormatError, match="end with 2021-12 and not with 2022-12"):
            fetch_issue()
        assert set(read_table("outlooks")["issue"]) == {"2020-11"}
        on("2020-12-20")
        upstream.serve(steo_server("2020-12", shift=1.5))
        assert set(fetch_issue().rows["issue"]) == {"2020-12"}

    @pytest.mark.parametrize(
        ("cells", "error", "words"),
        [
            (
                {"unit": "cents per gallon"},
                UnitMismatchError,
                "is in cents per gallon; WTI is kept",
            ),
            ({"seriesId": "COPRPUS"}, SourceFormatError, "has the series COPRPUS"),
            ({"value": None}, ValidationRefusedError, "value-is-a-number"),
            ({"value": "4000"}, ValidationRefusedError, "value-is-plausible"),
        ],
    )
    def test_a_fault_stores_nothing(
        self, cells: dict[str, Any], error: type[Exception], words: str, upstream: Upstream, on
    ) -> None:
        on("2020-04-20")
        upstream.serve(steo_server("2020-04", **cells))
        with pytest.raises(error, match=words):
            fetch_issue()
        assert read_table("outlooks").empty

    def test_a_series_that_fails_takes_the_issue_with_it_and_betrays_no_key(
        self, upstream: Upstream, on, reported_text
    ) -> None:
        on("2020-04-20")
        good = steo_server("2020-04")
        refusal = Answer({"error": {"code": "API_KEY_INVALID", "message": f"not {KEY}"}}, 403)
        gas = "NGHHUUS"
        upstream.serve(lambda a: refusal if a.query["facets[seriesId][]"] == gas else good(a))
        with pytest.raises(SourceUnavailableError, match="API_KEY_INVALID") as caught:
            fetch_issue()
        assert SHOWN not in reported_text(caught.value)
        assert read_table("outlooks").empty

    def test_without_a_key_it_says_where_to_get_one(
        self, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("EIA_API_KEY", "")
        get_settings.cache_clear()
        with pytest.raises(SettingsError, match="EIA_API_KEY"):
            fetch_issue("2020-04")
