"""No command prints what a library warns its developers of."""

from pathlib import Path

import arch.data.wti
import pytest
import typer.main

from tests.csv_files import write_csv
from tests.projects import copied_project
from tests.workbench import RUN, Workbench
from wellhead import cli

OF_OTHERS = {"api", "dashboards", "lab", "test"}
"""Commands that end in a program of others, with a terminal of its own."""
BACKTEST = "backtest --csv wti.csv --target daily --start 2018-12-03 --step 20 --out out"
COMMANDS = (
    " ".join(RUN),
    "forecast WTI",
    "champion WTI",
    "rollback WTI",
    BACKTEST,
    f"{BACKTEST} --models prophet",
    "tune drift --commodity WTI --trials 2 --folds 2",
    "ingest --series WTI --dry-run",
    "quality",
    "gaps",
    "reconcile",
    "quarantine list",
    "curve WTI",
    "steo compare WTI",
    "database status",
    "keys list",
    "docs",
)
_ALWAYS = {"PYTHONWARNINGS": "always"}


def test_every_command_is_tried() -> None:
    known = set(typer.main.get_command(cli.app).commands)
    assert {command.split()[0] for command in COMMANDS} == known - OF_OTHERS


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_prints_no_warning_of_a_library(
    command: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    writes = command.split()[0] in ("run", "tune")
    workbench: Workbench = request.getfixturevalue("own_workbench" if writes else "workbench")
    home = _home(tmp_path)
    files = {name: str(tmp_path / name) for name in ("wti.csv", "out")}
    words = [files.get(word, word) for word in command.split()]
    ended = workbench.wellhead(*words, WELLHEAD_HOME=str(home), **_ALWAYS)
    assert "Traceback" not in ended.stderr
    ours = ("error: ", "warning: ")  # and progress: 4 of 8 forecasts
    foreign = [
        line
        for line in ended.stderr.splitlines()
        if line and not line.startswith(ours) and " of " not in line
    ]
    assert foreign == []


def _home(folder: Path) -> Path:
    """A project folder for commands that write into it, and a file of prices beside it."""
    prices = arch.data.wti.load().dropna().tail(1500).iloc[:, 0]
    write_csv(folder, "wti", [f"{day:%Y-%m-%d},{price}" for day, price in prices.items()])
    return copied_project(folder / "home")
