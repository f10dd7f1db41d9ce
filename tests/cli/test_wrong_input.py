"""Every error is one line that says what to do, with a non-zero exit, and loses nothing."""

import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests.commands import call_wellhead
from tests.databases import text_of
from tests.paths import ROOT

COMMANDS = (
    "run",
    "ingest",
    "quality",
    "gaps",
    "reconcile",
    "quarantine",
    "database",
    "forecast",
    "backtest",
    "champion",
    "rollback",
    "curve",
    "api",
    "dashboards",
    "lab",
    "docs",
    "test",
)


def _error(ended: subprocess.CompletedProcess[str]) -> str:
    """The one line it ended with."""
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith("error: ")
    return lines[0]


def test_help_lists_every_command(workbench) -> None:
    listed = workbench.wellhead("--help").stdout
    for command in COMMANDS:
        assert f" {command} " in listed


def _csv(folder: Path, text: str) -> dict[str, str]:
    (folder / "wti.csv").write_text(text)
    return {"WELLHEAD_CSV_DIR": str(folder)}


def test_unknown_names(workbench) -> None:
    run = call_wellhead
    assert "'GOLD' is not in the catalogue. Choose one of: WTI" in _error(
        run("run", "--commodities", "GOLD")
    )
    assert "'reuters' is not registered" in _error(run("run", "--source", "reuters"))
    assert "'GOLD' is not in the catalogue" in _error(run("ingest", "--series", "GOLD"))
    assert "Source archive has: WTI, BRENT" in _error(run("ingest", "--source", "archive"))
    assert "--since 'soon' is not a date" in _error(
        run("ingest", "--series", "WTI", "--since", "soon")
    )
    assert "no champion is registered for BRENT" in _error(run("forecast", "BRENT"))
    assert "no champion is registered for BRENT" in _error(run("champion", "BRENT"))
    assert "nowhere.yaml cannot be read" in _error(run("run", "--env", "nowhere.yaml"))
    assert "ask for 13 or fewer" in _error(
        run("forecast", "WTI", "--target", "monthly", "--days", "63")
    )


def test_a_typo_in_the_env_file_stops_a_run_before_it_loads(workbench, tmp_path: Path) -> None:
    text = (ROOT / "env.test.yaml").read_text()
    (tmp_path / "env.yaml").write_text(text.replace("drift: {}", "drift: {drift_windw: 21}"))
    ended = call_wellhead("run", "--env", str(tmp_path / "env.yaml"))
    assert "models: model drift has no hyper-parameter 'drift_windw'" in _error(ended)
    assert ended.stdout == ""


def test_a_missing_setting(workbench) -> None:
    assert "needs setting WELLHEAD_CSV_DIR" in _error(call_wellhead("run", "--source", "csv"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WELLHEAD_API_PORT", "abc"),
        ("WELLHEAD_QUALITY_TARGET", "1.5"),
        ("DATABASE_URL", "mysql://u:hunter2@h/d"),
        ("DATABASE_URL", "postgresql://u:hunter2@h:port/d"),
        ("DASK_SCHEDULER", "tcp://127.0.0.1:port"),
    ],
)
def test_a_senseless_setting(name: str, value: str, workbench) -> None:
    line = _error(workbench.wellhead("quality", **{name: value}))
    assert name in line
    assert "hunter2" not in line


def test_a_server_that_is_away(workbench) -> None:
    away = {"DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/d"}
    line = _error(call_wellhead("quality", **away))
    assert "Connection refused" in line
    assert "hunter2" not in line


def test_a_server_without_a_free_connection(server: sa.URL) -> None:
    address = text_of(server)
    with ExitStack() as taken:
        with pytest.raises(psycopg.OperationalError, match="too many clients"):
            while True:
                taken.enter_context(psycopg.connect(address))
        line = _error(call_wellhead("quality", DATABASE_URL=address))
    assert "the database has no connection left" in line
    assert "lower DATABASE_CONNECTIONS" in line
    assert "that the server runs" not in line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("day,price\n2024-01-02,1\n", "lacks the column date"),
        ("", "is empty"),
        ("date,value,unit\n2024-01-02,7000,cents/bbl\n", "is kept in USD/bbl"),
        ("date,value\n02/01/2024,70\n", '--date-format "%d/%m/%Y" or --date-format "%m/%d/%Y"'),
        ("date,value\n2024-01-02,7000\n", "value-is-plausible (1 rows)"),
    ],
)
def test_a_bad_file(text: str, words: str, database: object, tmp_path: Path) -> None:
    settings = _csv(tmp_path, text)
    ended = call_wellhead("ingest", "--source", "csv", "--series", "WTI", **settings)
    assert words in _error(ended)


@pytest.mark.parametrize(
    ("command", "setting"),
    [
        ("api", "WELLHEAD_API_PORT"),
        ("dashboards", "WELLHEAD_DASHBOARDS_PORT"),
        ("lab", "WELLHEAD_LAB_PORT"),
    ],
)
def test_a_port_in_use(command: str, setting: str, workbench) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        line = _error(workbench.wellhead(command, **{setting: port}))
    assert f"port {port}" in line
    assert f"{setting}={int(port) + 1}" in line


def test_a_dry_run_and_a_load_say_what_they_got(database: object, tmp_path: Path) -> None:
    settings = _csv(tmp_path, "date,value\n2031-01-06,1\n2020-04-20,-36.98\n")
    load = ("ingest", "--source", "csv", "--series")
    refused = call_wellhead(*load, "WTI", "--dry-run", **settings)
    assert "day-has-come (1 rows)" in _error(refused)
    settings = _csv(tmp_path, "date,value\n2019-01-04,47.96\n2019-01-07,.\n")
    output = call_wellhead(*load, "wti", "--dry-run", **settings).stdout
    assert output.startswith("WTI (daily) from csv, everything: 2 rows (no total stated), ")
    assert "2019-01-04 to 2019-01-04; 1 without a value, 0 quarantined, quality 100.00%" in output
    assert "dry run, nothing stored" in output
    assert output.splitlines()[-1].split() == ["2019-01-04", "47.96", "USD/bbl"]
    loaded = call_wellhead(*load, "wti", "--since", "2019-01-01", **settings).stdout
    assert loaded.startswith("WTI (daily) from csv, since 2019-01-01: ")
    assert loaded.splitlines()[0].endswith(" revised.")


def test_a_series_that_fails_does_not_stop_the_others(workbench, tmp_path: Path) -> None:
    settings = _csv(tmp_path, "date,value\n2019-01-04,47.96\n")
    names = ("--series", "GOLD", "--series", "wti", "--series", "BRENT")
    ended = call_wellhead("ingest", "--source", "csv", *names, "--dry-run", **settings)
    assert ended.stdout.startswith("WTI (daily) from csv")
    assert [line[:20] for line in ended.stderr.splitlines()] == [
        "error: commodity 'GO",
        "error: source csv do",
    ]
    assert ended.returncode == 2


def test_the_forecast_is_printed_with_its_date(workbench) -> None:
    ended = workbench.wellhead("forecast", "wti", "--days", "5")
    assert ended.stderr == ""
    assert "prices as of 2019-01-03" in ended.stdout
    assert "2019-01-04" in ended.stdout
    assert len(ended.stdout.strip().splitlines()) == 8


def test_months_are_printed_as_well(workbench) -> None:
    output = call_wellhead("forecast", "wti", "--target", "monthly").stdout
    assert "2019-01-01" in output
    assert len(output.strip().splitlines()) == 16


def test_quality_shows_the_loads(workbench) -> None:
    output = workbench.wellhead("quality").stdout
    assert "WTI, daily" in output
    assert "100.00%" in output
