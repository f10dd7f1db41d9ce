"""A rollback makes the champion before the present one champion again."""

from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from wellhead.calendars import to_utc
from wellhead.catalogue.lookup import find_instrument
from wellhead.database.operations import read_table
from wellhead.errors import NoChampionError
from wellhead.tracking import client as tracking
from wellhead.tracking.registry import champion
from wellhead.workflows.champions.decisions import record_decisions
from wellhead.workflows.champions.rollback import rollback

WTI = find_instrument("WTI")


@pytest.fixture
def registry(database: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow in the test's database, with three versions of which none is champion."""
    monkeypatch.setenv("WELLHEAD_VAR_DIR", str(tmp_path))
    mlflow = tracking.client()
    mlflow.create_registered_model("WTI-daily")
    for model in ("no-change", "arima", "lstm"):
        tags = {"model": model, "commodity": "WTI", "target_kind": "daily"}
        tags |= {"code_version": "1", "source": "csv"}
        mlflow.create_model_version("WTI-daily", str(tmp_path / model), tags=tags)


def promote(version: str, model: str, day: str, alarm: bool = False) -> None:
    """Store what the pipeline's promotion stores."""
    row = {
        "commodity": "WTI",
        "target_kind": "daily",
        "decided_at": to_utc(day),
        "model": model,
        "model_version": version,
        "reason": f"{model} is good",
        "alarm": alarm,
    }
    record_decisions(pd.DataFrame([row]))


@pytest.mark.slow
def test_the_champion_before_is_champion_again(registry: None) -> None:
    with pytest.raises(NoChampionError, match="no champion is registered"):
        rollback(WTI)
    promote("1", "no-change", "2024-01-01")
    with pytest.raises(NoChampionError, match="nothing to roll back to"):
        rollback(WTI)
    promote("2", "arima", "2024-02-01")
    promote("3", "lstm", "2024-03-01")
    promote("3", "lstm", "2024-03-02")

    undone = rollback(WTI)
    assert (undone.champion.model, undone.was_pending) == ("arima", False)
    assert champion("WTI").version == "2"
    assert "Rolled back by hand from lstm version 3" in champion("WTI").reason
    assert "arima is good" in champion("WTI").reason
    newest = read_table("promotions").sort_values("decided_at").iloc[-1]
    assert (newest["model"], newest["model_version"]) == ("arima", "2")

    assert rollback(WTI).champion.model == "lstm"  # undone
    assert champion("WTI").version == "3"
