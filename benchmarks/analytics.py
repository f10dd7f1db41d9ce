"""How long all analyses of six commodities take: at first, and after one new day.

    .venv/bin/python benchmarks/analytics.py [--prices ../shared/data/prices] [--processes 2]

Loads the files of the folder without their last day into an empty workbench, makes and stores every
analysis of six commodities and the brief, loads the last day, and does so again. Prints the seconds
of both, without starting Python and importing libraries. The exit status is 1 above 60 or 5.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from wellhead.catalogue.lookup import find_instrument
from wellhead.database.engine import dispose
from wellhead.workflows.market.anomalies import analyse_anomalies
from wellhead.workflows.market.brief import write_brief
from wellhead.workflows.market.correlation import analyse_correlation
from wellhead.workflows.market.seasonality import analyse_seasonality
from wellhead.workflows.market.volatility import analyse_volatility

COMMODITIES = ("WTI", "BRENT", "HENRY_HUB", "GASOLINE", "HEATING_OIL", "PROPANE")
LOADED = (*COMMODITIES, "JET_FUEL", "ULSD")
FIRST, UPDATE = 60, 5
_PROGRAM = Path(sys.executable).with_name("wellhead")
_HOW = {"save": True, "code_version": "benchmark"}


def main() -> None:
    """Print the seconds of both."""
    options = argparse.ArgumentParser()
    options.add_argument("--prices", type=Path, default=Path("../shared/data/prices"))
    options.add_argument("--processes", type=int, default=2)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "csv").mkdir()
        os.environ["WELLHEAD_VAR_DIR"] = str(work / "var")
        os.environ["WELLHEAD_CSV_DIR"] = str(work / "csv")
        load(asked.prices, work / "csv", all_days=False)
        with ProcessPoolExecutor(asked.processes) as pool:
            first = timed(pool, work)
            load(asked.prices, work / "csv", all_days=True)
            update = timed(pool, work)
        dispose()
    print(f"all analyses of {len(COMMODITIES)} commodities: {first:.1f} s (goal {FIRST})")
    print(f"after one new day: {update:.1f} s (goal {UPDATE})")
    if first > FIRST or update > UPDATE:
        raise SystemExit(1)


def load(prices: Path, to: Path, *, all_days: bool) -> None:
    """Load every file, with or without its last day."""
    for file in prices.glob("*.csv"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        (to / file.name).write_text("".join(lines if all_days else lines[:-1]), encoding="utf-8")
    series = [word for key in LOADED for word in ("--series", key)]
    run("ingest", "--source", "csv", *series)


def run(*words: str) -> None:
    """A command of `wellhead`; its own text is shown if it fails."""
    ended = subprocess.run([_PROGRAM, *words], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{' '.join(words)}: {ended.stdout}{ended.stderr}")


def timed(pool: ProcessPoolExecutor, work: Path) -> float:
    """The seconds of all analyses and the brief, by processes that have imported everything."""
    list(pool.map(find_instrument, COMMODITIES))
    began = time.perf_counter()
    list(pool.map(analyse, COMMODITIES, [str(work)] * len(COMMODITIES)))
    write_brief(COMMODITIES, "csv", **_HOW)
    return time.perf_counter() - began


def analyse(key: str, folder: str) -> None:
    """All analyses of one commodity, into the database."""
    instrument, to = find_instrument(key), {"backtests": f"{folder}/{key}.parquet"}
    analyse_volatility(instrument, "csv", to=to, code_version="benchmark")
    for each in (analyse_correlation, analyse_seasonality, analyse_anomalies):
        each(instrument, "csv", **_HOW)


if __name__ == "__main__":
    main()
