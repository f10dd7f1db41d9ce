"""What a second run does: nothing, or exactly what depends on what has changed.

Each test has a copy of the finished run of its own.
"""

import json
import re
import subprocess
import uuid
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
import yaml

from tests.paths import ROOT
from tests.projects import copied_project
from tests.workbench import RUN, Workbench
from wellhead.calendars import now
from wellhead.catalogue.series import SeriesKey
from wellhead.database.digests import stored_digest, table_digest
from wellhead.database.engine import get_engine
from wellhead.database.operations import get_vintages, read_table
from wellhead.database.runs import one_run_at_a_time
from wellhead.database.writing import write_batch
from wellhead.tracking.registry import champion


def tasks_run(printed: str) -> set[str]:
    return set(re.findall(r"\[\d+/\d+\]\s+\w+\s+(\S+)\s+(?:done|failed)", printed))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder that a test may change."""
    return copied_project(tmp_path / "project")


def _run(workbench: Workbench, project: Path) -> subprocess.CompletedProcess[str]:
    environment = str(project / "env.test.yaml")
    return workbench.wellhead("run", "--env", environment, WELLHEAD_HOME=str(project))


def _set_params(project: Path, model: str, **params: object) -> None:
    environment = yaml.safe_load((project / "env.test.yaml").read_text())
    environment["models"][model] = params
    (project / "env.test.yaml").write_text(yaml.safe_dump(environment, sort_keys=False))


def _last_run_status() -> str:
    return read_table("pipeline_runs").sort_values("started_at")["status"].iloc[-1]


def test_with_nothing_changed_nothing_runs_even_in_another_folder(
    own_workbench: Workbench, project: Path
) -> None:
    """The project, its database and its artifacts all lie elsewhere than in the first run."""
    before = {name: table_digest(name) for name in ("observations", "batches", "ledger")}
    again = _run(own_workbench, project)
    assert again.returncode == 0, again.stderr
    assert "Nothing has changed: all 22 tasks are up to date." in again.stdout
    assert not tasks_run(again.stdout)
    assert before == {name: table_digest(name) for name in before}
    assert _last_run_status() == "unchanged"


def test_a_changed_notebook_and_changed_data_rerun_what_depends_on_them(
    own_workbench: Workbench, project: Path
) -> None:
    """A new plot of the market, a revised covariate, and prices gone from the database."""
    before = stored_digest("WTI", "archive")
    _change_market_notebook(project)
    _revise_vix()
    with get_engine().begin() as connection:
        connection.execute(sa.text("DELETE FROM observations WHERE commodity = 'WTI'"))
    again = _run(own_workbench, project)
    assert again.returncode == 0, again.stderr
    of_vix = {"correlation-WTI", "anomalies-WTI", "brief"}
    assert tasks_run(again.stdout) == {"ingest-WTI", "market-WTI", "quality", "publish"} | of_vix
    assert stored_digest("WTI", "archive") == before


def _change_market_notebook(project: Path) -> None:
    path = project / "notebooks" / "analytics" / "market.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][-2]["source"] = ["prices.tail()"]
    path.write_text(json.dumps(notebook))


def _revise_vix() -> None:
    """A revised value of a covariate, loaded outside the pipeline."""
    row = get_vintages(SeriesKey("VIX", "archive")).tail(1)
    batch = {
        "batch_id": uuid.uuid4().hex,
        "commodity": "VIX",
        "source": "archive",
        "frequency": "daily",
        "fetched_at": now(),
        "accepted": True,
        "quality_score": 1.0,
        "rows_received": 1,
        "rows_missing": 0,
        "rows_quarantined": 0,
        "rules": {},
    }
    changed = row.drop(columns="recorded_at").assign(value=row["value"] + 1)
    assert write_batch(batch, changed, pd.DataFrame()) == (0, 1)


def test_a_failing_task_is_named_and_costs_nothing_else(
    own_workbench: Workbench, project: Path
) -> None:
    before = champion("WTI")
    _set_params(project, "lstm", window=8_000)  # of 8,080 sessions: too few samples
    ended = _run(own_workbench, project)
    assert ended.returncode == 1
    (line,) = [line for line in ended.stderr.splitlines() if line.startswith("error:")]
    assert "train-lstm-WTI failed: model lstm needs 300 complete samples" in line
    assert "Not run because of it: combine-WTI, forecast-WTI, promote-WTI, brief, publish" in line
    assert "Traceback" not in ended.stderr
    assert champion("WTI") == before
    assert _last_run_status() == "failed"


def test_a_changed_parameter_reruns_its_model_and_what_follows(
    own_workbench: Workbench, project: Path
) -> None:
    _set_params(project, "drift", drift_window=500)
    again = _run(own_workbench, project)
    assert again.returncode == 0, again.stderr
    assert tasks_run(again.stdout) == {
        "train-drift-WTI",
        "combine-WTI",
        "promote-WTI",
        "forecast-WTI",
        "steo-WTI",
        "brief",
        "publish",
    }


def test_a_second_run_at_the_same_time_is_refused(own_workbench: Workbench) -> None:
    with one_run_at_a_time():
        ended = own_workbench.wellhead(*RUN)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: another run is at work on this database")
    assert len(ended.stderr.strip().splitlines()) == 1


def test_a_load_that_fails_stops_its_own_commodity_alone(
    own_workbench: Workbench, tmp_path: Path
) -> None:
    days = pd.bdate_range("2018-01-01", periods=900)
    prices = pd.DataFrame({"date": days, "value": [0.8 + (i * 7 % 40) / 200 for i in range(900)]})
    prices.to_csv(tmp_path / "heating_oil.csv", index=False)
    (tmp_path / "vix.csv").write_text("date,value\n2020-01-02,twelve\n")
    environment = yaml.safe_load((ROOT / "env.test.yaml").read_text())
    environment |= {"models": {"no-change": {}}, "commodities": ["HEATING_OIL"]}
    environment["backtest"] |= {"start": "2020-06-01"}
    (tmp_path / "env.yaml").write_text(yaml.safe_dump(environment))
    ended = own_workbench.wellhead(
        *("run", "--source", "csv", "--env", str(tmp_path / "env.yaml")),
        WELLHEAD_CSV_DIR=str(tmp_path),
        WELLHEAD_ARTIFACTS_DIR=str(tmp_path / "artifacts"),
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: ingest-VIX failed: VIX (daily) from csv refused: 0.00%")
    assert tasks_run(ended.stdout) >= {"promote-HEATING_OIL", "market-HEATING_OIL", "publish"}, (
        ended.stderr
    )
    assert champion("HEATING_OIL").model == "no-change"
    assert (tmp_path / "artifacts" / "site" / "index.html").exists()
