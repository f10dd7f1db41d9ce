"""A change in a module changes the version of exactly the tasks that use it."""

from pathlib import Path

import pytest

from wellhead.pipeline import versions
from wellhead.pipeline.plan import PlannedTask, plan_tasks, read_environment

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tasks() -> list[PlannedTask]:
    environment = {**read_environment(ROOT / "env.test.yaml"), "artifacts": "artifacts"}
    return plan_tasks(ROOT / "pipeline.yaml", environment)


TRAINING = {f"train-{model}-WTI" for model in ("lstm", "prophet", "arima", "drift", "no-change")}
INGEST = {"ingest-WTI", "ingest-VIX"}
DEPENDENTS = {
    "models/arima.py": {"train-arima-WTI"},
    "models/lstm_network.py": {"train-lstm-WTI"},
    "ingestion/archive.py": INGEST,
    "training/promotion.py": {"promote-WTI"},
    "analytics/volatility.py": {"market-WTI"},
    "pipeline/publish.py": {"publish"},
    "pipeline/site/index.html.j2": {"publish"},
    "training/backtest.py": TRAINING,
    "training/metrics.py": TRAINING | {"promote-WTI", "publish"},
    "models/base.py": TRAINING | {"forecast-WTI"},
}


@pytest.mark.parametrize("changed", DEPENDENTS)
def test_a_changed_file_changes_its_dependents(
    changed: str, tasks: list[PlannedTask], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {task.name: versions.code_version(task) for task in tasks}
    digest = versions._file_digest
    monkeypatch.setattr(
        versions,
        "_file_digest",
        lambda path: digest(path) + "new" * str(path).endswith(f"wellhead/{changed}"),
    )
    after = {task.name: versions.code_version(task) for task in tasks}
    assert {name for name in before if before[name] != after[name]} == DEPENDENTS[changed]


def test_another_rule_or_another_lock_is_another_version(
    tasks: list[PlannedTask], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {task.name: versions.code_version(task) for task in tasks}
    digest = versions._file_digest
    monkeypatch.setattr(
        versions,
        "_file_digest",
        lambda path: digest(path) + ("changed" if path.name == "observations.yml" else ""),
    )
    after = {task.name: versions.code_version(task) for task in tasks}
    changed = {name for name in before if before[name] != after[name]}
    assert changed >= INGEST
    assert "market-WTI" not in changed
    monkeypatch.setattr(
        versions, "_file_digest", lambda path: digest(path) + "new" * path.name.endswith(".lock")
    )
    assert all(versions.code_version(task) != before[task.name] for task in tasks)
