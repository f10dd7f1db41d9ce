"""Files on the command line: what was caught is printed, and a refusal says what to do."""

from pathlib import Path

import pandas as pd
import pytest

from tests.commands import Ended, call_wellhead
from wellhead.catalogue.lookup import find_instrument
from wellhead.cli.terminal.run_summary import gate_lines
from wellhead.database.operations import get_price_data, read_table
from wellhead.workflows.quality.decisions import fix
from wellhead.workflows.quality.replay import replay

NOWHERE = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "WELLHEAD_PROCESSES": "1"}
SESSIONS = pd.bdate_range("2021-01-04", periods=300).drop(
    [
        *("2021-01-18", "2021-02-15", "2021-04-02", "2021-05-31", "2021-07-05"),
        *("2021-09-06", "2021-11-25", "2021-12-24", "2022-01-17", "2022-02-21"),
    ]
)


def rows(values: list[str] | None = None, days: pd.DatetimeIndex = SESSIONS) -> list[str]:
    """Rows of date,value with prices near 70."""
    cells = values or [f"{70 + i % 7 + i % 3 / 4:g}" for i in range(len(days))]
    return [f"{day:%Y-%m-%d},{cell}" for day, cell in zip(days, cells, strict=True)]


def load(
    folder: Path, lines: list[str], *more: str, name: str = "wti", series: str = "WTI"
) -> Ended:
    (folder / f"{name}.csv").write_text("\n".join(["date,value", *lines]) + "\n")
    options = ("--source", "csv", "--series", series, *more)
    return call_wellhead("ingest", *options, WELLHEAD_CSV_DIR=str(folder))


def error(ended: Ended) -> str:
    assert ended.returncode != 0
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith("error: ")
    return line


@pytest.mark.usefixtures("database")
class TestIngest:
    def test_a_row_of_three_cells_goes_alone_to_quarantine_and_can_be_mended(
        self, folder: Path
    ) -> None:
        lines = rows()
        lines[200] = f"{SESSIONS[200]:%Y-%m-%d},85,05"
        ended = load(folder, lines)
        assert f"{len(lines) - 1} new" in ended.stdout
        caught = f"rejected by row-fits-its-header: 1 row, such as line 202: {lines[200]}"
        assert caught in ended.stdout
        (summary,) = gate_lines("csv", (find_instrument("WTI"), find_instrument("BRENT")))
        assert "rows of WTI that a rule caught" in summary
        assert "row-fits-its-header (1)" in summary
        (kept,) = read_table("quarantine").to_dict("records")
        assert kept["rule"] == "row-fits-its-header"
        assert kept["row"] == {"as_written": f"line 202: {lines[200]}", "unit": "USD/bbl"}
        day = f"{SESSIONS[200]:%Y-%m-%d}"
        changes = {"observed_at": day, "value": "85.05"}
        fix(kept["batch_id"], kept["row_number"], changes, "a decimal comma")
        assert replay()[0].added == 1
        assert get_price_data("WTI", day, day)["value"].tolist() == [85.05]

    def test_flags_are_printed_and_the_last_rows_are_the_newest_days(self, folder: Path) -> None:
        ended = load(folder, rows()[::-1], "--dry-run")
        assert "flagged by newest-day-is-fresh: 1 row, such as 2022-02-25" in ended.stdout
        shown = [line.split()[0] for line in ended.stdout.splitlines()[-3:]]
        assert shown == [f"{day:%Y-%m-%d}" for day in SESSIONS[-3:]]

    def test_cells_that_are_no_number_are_listed_with_their_counts(self, folder: Path) -> None:
        cells = ["70"] * 270 + ["-"] * 10 + ["--"] * 5 + ["#VALUE!"] * 3 + ["n/a", "#N/A"]
        line = error(load(folder, rows(cells), "--dry-run"))
        assert "value-is-a-number (18 rows)" in line
        assert "'-' (10), '--' (5), '#VALUE!' (3)" in line
        assert "#N/A'" not in line
        assert "Leave the cell empty" in line

    def test_midnights_of_another_time_zone_are_refused_with_the_remedy(self, folder: Path) -> None:
        days = [line.partition(",") for line in rows(days=SESSIONS - pd.Timedelta(days=1))]
        line = error(load(folder, [f"{day} 23:00:00+00:00,{value}" for day, _, value in days]))
        assert "no-time-of-day-is-written (290 rows)" in line
        assert "without a time" in line
        line = error(load(folder, rows(days=SESSIONS - pd.Timedelta(days=1))))
        assert "days-are-sessions" in line
        assert "of 290 days are no session of 'NYSE' (" in line
        assert " Sundays" in line
        assert "shifted by a time zone" in line

    def test_one_time_of_day_costs_its_row_alone(self, folder: Path) -> None:
        lines = rows()
        lines[-1] = lines[-1].replace(",", " 16:30,")
        ended = load(folder, lines, "--dry-run")
        assert (
            "rejected by no-time-of-day-is-written: 1 row, such as 2022-02-25 16:30" in ended.stdout
        )

    def test_options_say_how_a_file_is_laid_out(self, folder: Path) -> None:
        lines = ["Datum;Kurs;Fix", "31.12.2020;9;1.070,50", "04.01.2021;9;-36,98"]
        (folder / "sp500.csv").write_text("\n".join(lines))
        options = ("--date-column", "datum", "--value-column", "Fix", "--date-format", "%d.%m.%Y")
        ended = call_wellhead(
            *("ingest", "--source", "csv", "--series", "SP500", "--dry-run", *options),
            WELLHEAD_CSV_DIR=str(folder),
        )
        assert "value-is-plausible (1 rows)" in error(ended)  # it is the only fault
        assert "such as 2021-01-04 -36.98" in ended.stderr
        wrong = call_wellhead("ingest", "--source", "archive", "--series", "WTI", *options)
        assert "source archive reads no files" in error(wrong)


def backtest(csv: Path, *more: str) -> Ended:
    options = ("--target", "daily", "--start", "2020-06-01", "--models", "drift", "--step", "40")
    out, var = str(csv.parent / "out"), str(csv.parent / "var")  # no instrument of another test
    given = ("--csv", str(csv), *options, "--out", out, *more)
    return call_wellhead("backtest", *given, **NOWHERE, WELLHEAD_VAR_DIR=var)


class TestBacktest:
    def test_days_that_are_no_session_are_refused_with_the_calendar_that_fits(
        self, tmp_path: Path
    ) -> None:
        days = pd.date_range("2019-01-01", periods=700)
        csv = tmp_path / "power.csv"
        csv.write_text("\n".join(["date,value", *rows(days=days)]))
        line = error(backtest(csv))
        found = "200 of 700 days are no session of 'weekdays' (100 Saturdays, 100 Sundays)"
        assert found in line, line
        assert "Calendar 'everyday' fits: --calendar everyday" in line
        done = backtest(csv, "--calendar", "everyday")
        assert done.returncode == 0, done.stderr
        assert "sessions of calendar everyday" in done.stdout
        assert "no session" not in done.stdout

    def test_few_days_that_are_no_session_are_named(self, tmp_path: Path) -> None:
        days = pd.bdate_range("2018-06-01", periods=700)
        csv = tmp_path / "power.csv"
        csv.write_text("\n".join(["date,value", *rows(days=days)]))
        (tmp_path / "holidays.txt").write_text("# ours\n2019-12-25\n2020-12-25\n")
        done = backtest(csv, "--calendar", str(tmp_path / "holidays.txt"))
        assert done.returncode == 0, done.stderr
        assert "sessions of calendar weekdays less 2 holidays" in done.stdout
        assert "2 of 700 days are no session of 'weekdays less 2 holidays'" in done.stdout
        assert "Calendar 'weekdays' fits" in done.stdout

    def test_hours_are_refused_as_hours(self, tmp_path: Path) -> None:
        hours = pd.date_range("2024-10-01", periods=960, freq="h")
        csv = tmp_path / "houston_hub.csv"
        csv.write_text("date,value\n" + "".join(f"{at}-05:00,{at.hour}\n" for at in hours))
        assert "this file has 24 values a day: give daily prices" in error(backtest(csv))

    def test_the_gate_of_a_load_is_the_gate_of_a_backtest(self, tmp_path: Path) -> None:
        days = pd.bdate_range("2018-06-01", periods=700)
        lines = rows(days=days)
        lines[3], lines[5] = f"{lines[3]},5", lines[5].replace(",", ",about ")
        csv = tmp_path / "power.csv"
        csv.write_text("\n".join(["date,value", *lines]))
        done = backtest(csv)
        assert done.returncode == 0, done.stderr
        assert f"rejected by row-fits-its-header: 1 row, such as line 5: {lines[3]}" in done.stdout
        assert "rejected by value-is-a-number: 1 row, 'about " in done.stdout
        cents = [f"{day:%Y-%m-%d},{7000 + i % 7}" for i, day in enumerate(SESSIONS)]
        (tmp_path / "wti.csv").write_text("\n".join(["date,value", *cents]))
        assert "value-is-plausible (290 rows)" in error(backtest(tmp_path / "wti.csv"))

    def test_a_date_is_not_guessed(self, tmp_path: Path) -> None:
        csv = tmp_path / "power.csv"
        csv.write_text("date,value\n")
        assert "start '01/06/2022' is not a date" in error(backtest(csv, "--start", "01/06/2022"))
