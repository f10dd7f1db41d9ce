"""Retention removes old trainings from MLflow, keeps champions, and says what it removed."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from tests.workbench import Workbench
from wellhead.calendars import now
from wellhead.catalogue.targets import Target
from wellhead.database.engine import get_engine
from wellhead.database.operations import read_table
from wellhead.database.runs import model_files_stay
from wellhead.database.writing import write_rows
from wellhead.errors import ArtifactError
from wellhead.models.artifacts import manifest_digest
from wellhead.settings import get_settings
from wellhead.tracking.client import client
from wellhead.tracking.registry import artifact_folder, champion, find_version, register
from wellhead.tracking.runs import existing_run, open_run
from wellhead.workflows.modelling import registration
from wellhead.workflows.operations.retention import Removed, apply_retention

TAGS = {"model": "drift", "source": "archive", "code_version": "c", "data_as_of": "2019-01-03"}
MODEL_TABLES = ("runs", "metrics", "params", "tags", "logged_models", "logged_model_metrics")


def retrain(folder: Path) -> str:
    """Register a version of drift as a training does, from a registered version's files."""
    inputs = pd.DataFrame({"observed_at": [pd.Timestamp("2019-01-03")], "value": [46.3]})
    with open_run("wellhead-WTI", "drift WTI", {"p": 1}, TAGS) as run:
        run.log_values({"mspe_ratio_h1": 1.0})
    versions = register(
        folder,
        registration._WRAPPER,
        inputs,
        inputs,
        run_id=run.run_id,
        commodity="WTI",
        targets=[Target.DAILY],
        tags={**TAGS, "manifest_sha256": manifest_digest(folder)},
    )
    file = folder.with_name("WTI-drift.parquet")
    file.write_bytes(b"rows")
    existing_run(run.run_id).log_file(file, "backtest")
    return versions["daily"]


@pytest.fixture
def versions(own_workbench: Workbench, tmp_path: Path) -> list[str]:
    """Five versions of drift, oldest first: the first run's and four retrained ones."""
    first = next(
        version
        for version in client().search_model_versions("name = 'WTI-daily'")
        if version.tags["model"] == "drift"
    )
    files = tmp_path / "drift"
    shutil.copytree(artifact_folder(find_version("WTI", Target.DAILY, first.version)), files)
    return [first.version, *(retrain(files) for _ in range(4))]


def exists(version: str) -> bool:
    try:
        return artifact_folder(find_version("WTI", Target.DAILY, version)).is_dir()
    except ArtifactError:
        return False


def rows() -> dict[str, int]:
    with get_engine().connect() as connection:
        return {
            name: connection.scalar(sa.text(f"SELECT count(*) FROM mlflow.{name}"))  # noqa: S608
            for name in MODEL_TABLES
        }


def keep(count: int, monkeypatch: pytest.MonkeyPatch) -> Removed:
    monkeypatch.setenv("WELLHEAD_KEEP_VERSIONS", str(count))
    get_settings.cache_clear()
    return apply_retention()


@pytest.mark.slow
def test_old_trainings_go_with_rows_and_files_and_champions_stay(
    versions: list[str], own_workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = {"commodity": "WTI", "target_kind": "daily", "decided_at": now(), "model": "drift"}
    decision |= {"model_version": versions[1], "reason": "was champion", "alarm": False}
    write_rows("promotions", pd.DataFrame([decision]))
    former = find_version("WTI", Target.DAILY, versions[1]).run_id
    scores, ledger = read_table("scores"), read_table("forecasts")
    served, others = champion("WTI"), len(client().search_model_versions()) - len(versions)
    before, files = rows(), size(own_workbench.var / "mlflow")
    removed = keep(2, monkeypatch)
    assert removed == Removed(trainings=2, versions=3, pipeline_runs=0, slimmed=1)
    assert str(removed).startswith("Retention removed 2 trainings with 3 model versions, 0 ")
    assert [exists(version) for version in versions] == [False, True, False, True, True]
    assert [item.path for item in client().list_artifacts(former)] == ["environment.txt"]
    assert client().get_run(former).data.metrics == {"mspe_ratio_h1": 1.0}
    after = rows()
    assert {name for name in MODEL_TABLES if after[name] >= before[name]} <= {"tags"}
    assert before["runs"] - after["runs"] == 2
    assert size(own_workbench.var / "mlflow") < files
    assert champion("WTI") == served
    assert len(client().search_model_versions()) == others + 3 - 1
    pd.testing.assert_frame_equal(read_table("scores"), scores)
    pd.testing.assert_frame_equal(read_table("forecasts"), ledger)
    assert keep(2, monkeypatch) == Removed()


@pytest.mark.slow
def test_nothing_goes_while_a_backup_copies(
    versions: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with model_files_stay():
        assert keep(2, monkeypatch) == Removed()
    assert "a backup is at work" in caplog.text
    assert all(exists(version) for version in versions)


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
