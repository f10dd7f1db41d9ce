"""How a workbench grows: measures what a night adds, and projects a year of six commodities.

    WELLHEAD_VAR_DIR=... WELLHEAD_ARTIFACTS_DIR=... .venv/bin/python benchmarks/growth.py

The folders are of a finished run of `env.yaml`. Its rows are written again, as those of other
nights and versions, into a fresh embedded database: bytes a row include the indexes. Files are
weighed where they are. The exit status is 1 if a year takes 5 GB or more with weekly trainings.
"""

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from wellhead.database.engine import dispose, get_engine
from wellhead.database.operations import read_table
from wellhead.database.writing import write_rows
from wellhead.settings import get_settings
from wellhead.tracking.retention import PIPELINE, TrackedRun, tracked_runs

GOAL = 5e9
COMMODITIES, MODELS, SESSIONS, WEEKS = 6, 10, 252, 52
KEPT = 5  # WELLHEAD_KEEP_VERSIONS
LEDGER_ROWS = 63 + 13  # a model and commodity: days and months
SCORES_ROWS = (12 + 8) * 30  # a training: horizons with the pooled one, of days and months; metrics
RECORD_ROWS = 11 + 8  # a model and commodity: horizons
BACKTEST_ROWS = 48_700  # a training, from every session since 2012
CHAMPIONS = 2 * COMMODITIES  # at most, of a night: one a target
NIGHTS = 30  # written into the fresh database
_CLOCKS = ("made_at", "target_at", "last_observed_at", "known_at")
_TRACKING = ("metrics", "latest_metrics", "logged_model_metrics", "params", "tags")
_RESIDUE = ("model_versions", "model_version_tags")  # rows that stay of a removed version


@dataclass(frozen=True)
class Measured:
    """Bytes: of a row in each table, of a training whole and slim, and of what is replaced."""

    ledger: float
    scores: float
    records: float
    backtest: float
    whole: float
    slim: float
    tracking: float
    residue: float
    pipeline: float
    replaced: float
    prices: float


def main() -> None:
    """Measure, project, print."""
    measured = measure()
    print("\n".join(f"{name:<10} {value:>14,.1f} bytes" for name, value in vars(measured).items()))
    totals = {}
    for title, trainings in (("trained weekly", WEEKS), ("trained each session", SESSIONS)):
        parts = project(measured, trainings)
        totals[title] = sum(parts.values())
        print(f"\n365 nights, {SESSIONS} with new prices, {title}, {COMMODITIES} commodities")
        print("\n".join(f"  {part:<46} {size / 1e6:>8,.0f} MB" for part, size in parts.items()))
        print(f"  {'together':<46} {totals[title] / 1e6:>8,.0f} MB")
    sys.exit(totals["trained weekly"] >= GOAL)


def project(measured: Measured, trainings: int) -> dict[str, float]:
    """What a year leaves, by part, with a number of trainings of everything."""
    series = COMMODITIES * MODELS
    former = CHAMPIONS * max(0, trainings - KEPT)
    return {
        "prices (all of their history)": measured.prices,
        "ledger": SESSIONS * series * LEDGER_ROWS * measured.ledger,
        "track records": SESSIONS * series * RECORD_ROWS * measured.records,
        "scores": trainings * series * SCORES_ROWS * measured.scores,
        f"newest {KEPT} trainings: files": KEPT
        * series
        * (measured.whole + BACKTEST_ROWS * measured.backtest),
        "newest trainings and champions: MLflow's rows": (KEPT * series + former)
        * measured.tracking,
        "former champions: files": former * measured.slim,
        "removed versions: MLflow's rows": 2 * trainings * series * measured.residue,
        f"newest {KEPT} pipeline runs: notebooks": KEPT * COMMODITIES * measured.pipeline,
        "artifacts (replaced by each run)": COMMODITIES * measured.replaced,
    }


def measure() -> Measured:
    """Weigh the files of the finished run, then its rows in a fresh database."""
    settings, runs = get_settings(), tracked_runs()
    trainings = [run for run in runs if run.series[0] != PIPELINE]
    backtests = [path for run in trainings for path in _files(run, "backtest")]
    rows = sum(len(pd.read_parquet(path)) for path in backtests)
    whole = sum(_weight(_files(run)) for run in trainings) - _weight(backtests)
    large = [path for run in trainings for path in _files(run, "notebooks")]
    models = sum(
        _weight(path.rglob("*")) for path in (settings.var / "mlflow" / "models").iterdir()
    )
    pipeline = sum(_weight(_files(run)) for run in runs if run.series[0] == PIPELINE)
    tables = {name: read_table(name) for name in ("ledger", "leaderboard", "track_records")}
    read_scores = read_table("scores")
    tracking, residue = _tracking(_TRACKING), _tracking(_RESIDUE)
    prices = _size("observations")
    versions = sum(len(run.versions) for run in trainings)
    written = {name: _bytes_a_row(name, frame) for name, frame in tables.items()}
    return Measured(
        ledger=written["ledger"],
        scores=written["leaderboard"] * len(tables["leaderboard"]) / len(read_scores),
        records=written["track_records"],
        backtest=_weight(backtests) / rows,
        whole=(whole + models) / len(trainings),
        slim=(whole - _weight(large) + models) / len(trainings),
        tracking=tracking / len(trainings),
        residue=residue / versions,
        pipeline=pipeline,
        replaced=_weight(settings.artifacts.rglob("*")),
        prices=prices,
    )


def _bytes_a_row(name: str, rows: pd.DataFrame) -> float:
    """Write the rows as those of NIGHTS nights into a fresh database, and weigh the table."""
    if rows.empty:
        return 300.0  # no outcome is known yet: about as a row of scores
    with tempfile.TemporaryDirectory() as var:
        os.environ["WELLHEAD_VAR_DIR"] = var
        os.environ.pop("DATABASE_URL", None)
        get_settings.cache_clear()
        dispose()
        clocks = [clock for clock in _CLOCKS if clock in rows]
        for night in range(NIGHTS):
            moved = rows.drop(columns="recorded_at")
            moved[clocks] = moved[clocks] + pd.Timedelta(days=night)
            if "model_version" in moved:
                moved["model_version"] = (moved["model_version"].astype(int) + 20 * night).astype(
                    str
                )
            write_rows(name, moved)
        weight = _size(name)
        dispose()
    return weight / (NIGHTS * len(rows))


def _size(table: str) -> float:
    with get_engine().connect() as connection:
        size = sa.text(f"SELECT pg_total_relation_size('{table}')")
        return float(connection.scalar(size) or 0)


def _tracking(tables: tuple[str, ...]) -> float:
    return sum(_size(f"mlflow.{table}") for table in tables)


def _files(run: TrackedRun, folder: str = "") -> list[Path]:
    place = get_settings().var / "mlflow" / run.run_id / "artifacts" / folder
    return [path for path in place.rglob("*") if path.is_file()]


def _weight(paths: object) -> int:
    """Bytes of files in blocks of 4 KiB, as a disk counts them."""
    sizes = (path.stat().st_size for path in paths if path.is_file())  # type: ignore[attr-defined]
    return sum(-(-size // 4096) * 4096 for size in sizes)


if __name__ == "__main__":
    main()
