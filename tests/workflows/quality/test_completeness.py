"""Every missing day of a stored series is explained or reported."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from tests.database.test_observations import load
from tests.loads import ingest
from tests.paths import ROOT
from wellhead.calendars import bridge_days, sessions_between, us_federal_holidays
from wellhead.catalogue.lookup import find_instrument
from wellhead.cli import app
from wellhead.errors import SettingsError
from wellhead.settings import get_settings
from wellhead.validation import gaps
from wellhead.validation.gaps import LISTED_EMPTY
from wellhead.workflows.quality.completeness import completeness

# Series of EIA to 2025-06-30: missing sessions, of them since 2000, and what nothing explains.
REAL = {
    "WTI": (37, 26, 3),
    "BRENT": (62, 46, 11),
    "HENRY_HUB": (40, 36, 1),
    "GASOLINE": (42, 28, 5),
    "HEATING_OIL": (44, 28, 7),
    "ULSD": (15, 15, 1),
    "JET_FUEL": (41, 29, 5),
    "PROPANE": (43, 34, 9),
    "VIX": (4, 0, 4),
    "CRUDE_STOCKS": (6, 0, 6),
}


def _rows(commodity: str, first: str, last: str, *without: str) -> list[str]:
    days = sessions_between(find_instrument(commodity).calendar, first, last)
    return [f"{day:%Y-%m-%d},3.5" for day in days if f"{day:%Y-%m-%d}" not in without]


def test_each_missing_day_has_its_explanation(write) -> None:
    """A holiday is not missing; a lone Friday, a listed dot and a silent day are three things."""
    rows = _rows("HENRY_HUB", "2018-11-01", "2018-12-20", "2018-11-23", "2018-11-28", "2018-12-12")
    write("henry_hub", [*rows, "2018-12-12,."])
    ingest("HENRY_HUB", "csv")
    report = completeness("HENRY_HUB").missing.set_index("day")["explanation"]
    assert {f"{day:%Y-%m-%d}": why for day, why in report.items()} == {
        "2018-11-23": "bridge-day",  # Thanksgiving, the 22nd, is not in the list at all
        "2018-11-28": "",
        "2018-12-12": LISTED_EMPTY,
    }
    (row,) = completeness().series.to_dict("records")
    assert (row["missing"], row["explained"], row["gaps"]) == (3, 2, 1)


def test_a_day_that_arrives_later_is_a_gap_no_more(write) -> None:
    rows = _rows("WTI", "2021-03-01", "2021-03-31")
    write("wti", [row for row in rows if not row.startswith("2021-03-16")])
    ingest("WTI", "csv")
    assert completeness("WTI").missing["day"].dt.strftime("%Y-%m-%d").tolist() == ["2021-03-16"]
    write("wti", rows)
    ingest("WTI", "csv")
    assert completeness("WTI").missing.empty


def test_before_the_first_and_after_the_last_value_nothing_is_missing_but_it_is_late(write) -> None:
    write("wti", _rows("WTI", "2021-03-01", "2021-03-31"))
    ingest("WTI", "csv")
    assert completeness().missing.empty
    assert completeness().series["late"].iloc[0] > 500


def test_weekly_and_monthly_series_are_checked_as_well(write) -> None:
    fridays = pd.date_range("2021-01-01", "2021-06-25", freq="7D").drop("2021-03-12")
    write("us_crude_stocks_weekly", [f"{day:%Y-%m-%d},440000" for day in fridays])
    write("wti_monthly", ["2021-01-01,52", "2021-02-01,59", "2021-04-01,61"])
    folder = get_settings().csv_dir
    assert folder is not None
    (folder / "instruments.yml").write_text(
        "WTI: {name: oil, unit: USD/bbl, calendar: NYSE, plausible: [-100, 500], "
        "aliases: [wti_monthly]}\n"
    )
    ingest("CRUDE_STOCKS", "csv")
    ingest("WTI", "csv")
    found = (
        completeness().missing[["commodity", "frequency", "day"]].astype(str).to_numpy().tolist()
    )
    assert found == [
        ["CRUDE_STOCKS", "weekly", "2021-03-12 00:00:00+00:00"],
        ["WTI", "monthly", "2021-03-01 00:00:00+00:00"],
    ]


def test_what_another_folder_or_program_has_stored_is_no_obstacle(write, folder) -> None:
    (folder / "instruments.yml").write_text(
        "TIN: {name: tin, unit: USD/t, calendar: LSE, plausible: [0, 100000]}\n"
    )
    write("tin", ["2021-03-01,24000", "2021-03-02,24100"])
    ingest("TIN", "csv")
    load([19.96, 19.82, 18.31, -36.98, 8.91, 13.64], source="of-another-program")
    (folder / "instruments.yml").unlink()
    (folder / "var" / "instruments.yml").unlink()
    write("brent", ["2021-03-01,62", "2021-03-02,63"])
    ingest("BRENT", "csv")
    brent, other = completeness().series.to_dict("records")
    assert other["source"] == "of-another-program"
    assert other["late"] is None
    assert isinstance(brent["late"], int)


def test_the_verb_lists_the_gaps_and_with_explained_the_rest(write) -> None:
    rows = _rows("WTI", "2018-11-01", "2018-12-20", "2018-11-23", "2018-11-28")
    write("wti", rows)
    ingest("WTI", "csv")
    run = CliRunner().invoke
    printed = run(app, ["gaps", "--commodity", "wti", "--source", "csv"])
    assert "unexplained: 2018-11-28" in printed.output
    assert "2018-11-23" not in printed.output
    every = run(app, ["gaps", "--explained"])
    assert "bridge-day: 2018-11-23" in every.output


def test_where_there_is_no_terminal_no_table_is_cut(write) -> None:
    rows = _rows("WTI_FUTURE_4", "2018-11-01", "2018-12-20")
    write("wti_future_4", [row for row in rows if not row.startswith("2018-12-1")])
    ingest("WTI_FUTURE_4", "csv")
    piped = CliRunner().invoke(app, ["gaps"], env={"COLUMNS": "40"}).output
    days = [f"2018-12-{day}" for day in (19, 18, 17, 14, 13, 12, 11, 10)]
    (summary,) = [line for line in piped.splitlines() if "2018-11-01" in line]
    assert summary.split("│")[1:4] == [" WTI_FUTURE_4, daily ", " csv    ", " 2018-11-01 "]
    assert f"unexplained: {', '.join(days)}" in piped


def test_the_gaps_of_the_real_series_are_those_that_the_page_states(
    database, shared_prices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLHEAD_CSV_DIR", str(shared_prices))
    get_settings.cache_clear()
    for commodity in REAL:
        ingest(commodity, "csv")
    report = completeness().missing
    since_2000 = report["day"] >= pd.Timestamp("2000-01-01", tz="UTC")
    for commodity, (missing, lately, unexplained) in REAL.items():
        mine = report["commodity"] == commodity
        found = (
            mine.sum(),
            (mine & since_2000).sum(),
            (mine & (report["explanation"] == "")).sum(),
        )
        assert found == (missing, lately, unexplained), commodity
    rita = report[report["explanation"] == "hurricane-rita"]["day"]
    assert (str(rita.min().date()), str(rita.max().date()), len(rita)) == (
        "2005-09-23",
        "2005-10-06",
        10,
    )
    page = (ROOT / "docs" / "quality.md").read_text()
    for commodity, counts in REAL.items():
        assert f"| {commodity} | {' | '.join(map(str, counts))} |" in page


def test_bridge_days_are_lone_sessions() -> None:
    days = bridge_days("NYSE")
    for day in ("2018-11-23", "2018-12-24", "2018-12-31", "2017-07-03"):
        assert pd.Timestamp(day, tz="UTC") in days
    for day in ("2018-12-21", "2018-12-25", "2018-12-26", "2004-12-31"):
        assert pd.Timestamp(day, tz="UTC") not in days
    assert pd.Timestamp("2004-12-31", tz="UTC") in us_federal_holidays()
    assert len(sessions_between("NYSE", "2018-01-01", "2018-12-31").intersection(days)) < 6


class TestTheFile:
    def test_every_entry_names_instruments(self) -> None:
        for entry in gaps.known_gaps():
            for commodity in entry.commodities:
                assert find_instrument(commodity).key == commodity

    @pytest.mark.parametrize(
        ("entry", "words"),
        [
            ({"name": "x", "commodities": ["WTI"], "reason": "y"}, "x needs one of days"),
            (
                {"name": "x", "commodities": ["WTI"], "reason": "y", "holidays": "mine"},
                "'mine' are not known",
            ),
            ({"name": "x", "days": [], "reason": "y"}, "commodities"),
            ({"name": "x", "commodities": ["WTI"], "days": [], "reason": ""}, "x has no reason"),
        ],
    )
    def test_a_wrong_entry_is_one_clear_error(
        self, entry: dict, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "expectations").mkdir()
        (tmp_path / "expectations" / "known_gaps.yml").write_text(yaml.safe_dump({"gaps": [entry]}))
        monkeypatch.setenv("WELLHEAD_HOME", str(tmp_path))
        get_settings.cache_clear()
        with pytest.raises(SettingsError, match=words):
            gaps.known_gaps()
        monkeypatch.undo()
        get_settings.cache_clear()
