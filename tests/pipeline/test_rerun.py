"""What a second run does: nothing, or exactly what depends on what has changed."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pandas as pd
import pytest
import yaml

from wellhead.calendars import now
from wellhead.catalogue.series import SeriesKey
from wellhead.database.digests import stored_digest, table_digest
from wellhead.database.operations import get_vintages, read_table
from wellhead.database.runs import one_run_at_a_time
from wellhead.database.writing import write_batch
from wellhead.tracking.registry import champion

RUN = ("run", "--env", "env.test.yaml")


def tasks_run(printed: str) -> set[str]:
    return set(re.findall(r"\[\d+/\d+\]\s+\w+\s+(\S+)\s+(?:done|failed)", printed))


@pytest.fixture(scope="module")
def copy(workbench, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder that a test may change; database and artifacts stay the workbench's."""
    home = tmp_path_factory.mktemp("home")
    for name in ("notebooks", "expectations"):
        shutil.copytree(workbench.home / name, home / name)
    for name in ("pipeline.yaml", "env.test.yaml", "requirements.lock"):
        shutil.copy(workbench.home / name, home)
    return home


def _change_environment(home: Path, **models: dict) -> None:
    environment = yaml.safe_load((home / "env.test.yaml").read_text())
    environment["models"] |= {name.replace("_", "-"): given for name, given in models.items()}
    (home / "env.test.yaml").write_text(yaml.safe_dump(environment, sort_keys=False))


def test_with_nothing_changed_nothing_runs_and_it_says_so(workbench) -> None:
    before = {name: table_digest(name) for name in ("observations", "batches", "forecasts")}
    again = workbench.wellhead(*RUN)
    assert again.returncode == 0, again.stderr
    assert "Nothing has changed: all 17 tasks are up to date." in again.stdout
    assert not tasks_run(again.stdout)
    assert before == {name: table_digest(name) for name in before}
    assert read_table("pipeline_runs").sort_values("started_at")["status"].iloc[-1] == "unchanged"


def test_the_same_project_in_another_folder_is_up_to_date(workbench, copy: Path) -> None:
    again = workbench.wellhead("run", "--env", str(copy / "env.test.yaml"), WELLHEAD_HOME=str(copy))
    assert not tasks_run(again.stdout), again.stdout


def test_a_changed_notebook_and_changed_data_rerun_what_depends_on_them(
    workbench, copy: Path
) -> None:
    path = copy / "notebooks" / "analytics" / "market.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][-2]["source"] = ["seasonal_pattern(prices)"]
    path.write_text(json.dumps(notebook))
    _revise_vix()
    again = workbench.wellhead("run", "--env", str(copy / "env.test.yaml"), WELLHEAD_HOME=str(copy))
    assert again.returncode == 0, again.stderr
    assert tasks_run(again.stdout) == {"market-WTI", "quality", "publish"}


def _revise_vix() -> None:
    """A revised value of a covariate, loaded outside the pipeline."""
    row = get_vintages(SeriesKey("VIX", "archive")).tail(1)
    batch = {
        "batch_id": uuid.uuid4().hex, "commodity": "VIX", "source": "archive",
        "frequency": "daily", "fetched_at": now(), "accepted": True, "quality_score": 1.0,
        "rows_received": 1, "rows_missing": 0, "rows_quarantined": 0, "rules": {},
    }  # fmt: skip
    changed = row.drop(columns="recorded_at").assign(value=row["value"] + 1)
    assert write_batch(batch, changed, pd.DataFrame()) == (0, 1)


def test_a_failing_task_is_named_and_costs_nothing_else(workbench, copy: Path) -> None:
    crowned = champion("WTI")
    _change_environment(copy, drift={"drift_windw": 21})
    ended = workbench.wellhead("run", "--env", str(copy / "env.test.yaml"), WELLHEAD_HOME=str(copy))
    assert ended.returncode == 1
    (line,) = [line for line in ended.stderr.splitlines() if line.startswith("error:")]
    assert "train-drift-WTI failed: model drift has no hyper-parameter 'drift_windw'" in line
    assert "Not run because of it: combine-WTI, forecast-WTI, promote-WTI, publish" in line
    assert "Traceback" not in ended.stderr
    assert champion("WTI") == crowned
    assert read_table("pipeline_runs").sort_values("started_at")["status"].iloc[-1] == "failed"


def test_a_changed_parameter_reruns_its_model_and_what_follows(workbench, copy: Path) -> None:
    _change_environment(copy, drift={"drift_window": 500})
    again = workbench.wellhead("run", "--env", str(copy / "env.test.yaml"), WELLHEAD_HOME=str(copy))
    assert again.returncode == 0, again.stderr
    assert tasks_run(again.stdout) == {
        "train-drift-WTI", "combine-WTI", "promote-WTI", "forecast-WTI", "steo-WTI", "publish",
    }  # fmt: skip


def test_a_second_run_at_the_same_time_is_refused(workbench) -> None:
    with one_run_at_a_time():
        ended = workbench.wellhead(*RUN)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: another run is at work on this database")
    assert len(ended.stderr.strip().splitlines()) == 1


def test_rows_that_are_gone_from_the_database_are_loaded_again(workbench) -> None:
    import sqlalchemy as sa

    from wellhead.database.engine import get_engine

    before = stored_digest("WTI", "archive")
    with get_engine().begin() as connection:
        connection.execute(sa.text("DELETE FROM observations WHERE commodity = 'WTI'"))
    again = workbench.wellhead(*RUN)
    assert again.returncode == 0, again.stderr
    assert "ingest-WTI" in tasks_run(again.stdout)
    assert "ingest-VIX" not in tasks_run(again.stdout)
    assert stored_digest("WTI", "archive") == before


def test_a_load_that_fails_stops_its_own_commodity_alone(workbench, tmp_path: Path) -> None:
    days = pd.bdate_range("2018-01-01", periods=900)
    prices = pd.DataFrame({"date": days, "value": [0.8 + (i * 7 % 40) / 200 for i in range(900)]})
    prices.to_csv(tmp_path / "heating_oil.csv", index=False)
    (tmp_path / "vix.csv").write_text("date,value\n2020-01-02,twelve\n")
    environment = yaml.safe_load((workbench.home / "env.test.yaml").read_text())
    environment |= {"models": {"no-change": {}}, "commodities": ["HEATING_OIL"]}
    environment["backtest"] |= {"start": "2020-06-01"}
    (tmp_path / "env.yaml").write_text(yaml.safe_dump(environment))
    ended = workbench.wellhead(
        *("run", "--source", "csv", "--env", str(tmp_path / "env.yaml")),
        WELLHEAD_CSV_DIR=str(tmp_path),
        WELLHEAD_ARTIFACTS_DIR=str(tmp_path / "artifacts"),
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: ingest-VIX failed: VIX (daily) from csv refused: 0.00%")
    assert tasks_run(ended.stdout) >= {"promote-HEATING_OIL", "market-HEATING_OIL", "publish"}
    assert champion("HEATING_OIL").model == "no-change"
    assert (tmp_path / "artifacts" / "site" / "index.html").exists()


@pytest.mark.slow
def test_a_run_that_is_killed_loses_nothing_and_the_next_one_finishes_it(workbench) -> None:
    """Killed at two places; the stored data ends as if nothing had happened."""
    reloaded = workbench.wellhead("ingest", "--series", "VIX")  # another test revised it
    assert reloaded.returncode == 0
    data = {key: stored_digest(key, "archive") for key in ("WTI", "VIX")}
    for seconds in (6, 20):
        program = Path(sys.executable).with_name("wellhead")
        running = subprocess.Popen(
            [program, *RUN, "--force"],
            env={**__import__("os").environ, **workbench.environment},
            cwd=workbench.home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(seconds)
        running.send_signal(signal.SIGKILL)
        running.wait()
    finished = workbench.wellhead(*RUN)
    assert finished.returncode == 0, finished.stderr
    assert tasks_run(finished.stdout)
    assert data == {key: stored_digest(key, "archive") for key in data}
    again = workbench.wellhead(*RUN)
    assert "Nothing has changed" in again.stdout
