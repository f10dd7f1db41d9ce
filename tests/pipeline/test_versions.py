"""A change in a module changes the version of exactly the tasks that use it."""

import pytest
import yaml

from tests.paths import ROOT
from wellhead.pipeline.plan import PlannedTask, plan_tasks
from wellhead.pipeline.scope import scope_of_run
from wellhead.pipeline.versions import task_code_version
from wellhead.workflows import code_version
from wellhead.workflows.configuration import read_configuration


@pytest.fixture(scope="module")
def tasks() -> list[PlannedTask]:
    scope = scope_of_run(read_configuration(ROOT / "env.test.yaml"), "archive")
    return plan_tasks(ROOT / "pipeline.yaml", scope.named_values())


MODELS = yaml.safe_load((ROOT / "env.test.yaml").read_text())["models"]
TRAINING = {f"train-{model}-WTI" for model in MODELS}
AGAINST_STEO = {"steo-WTI"}  # forecasts with every model
INGEST = {"ingest-WTI", "ingest-VIX"}
DEPENDENTS = {
    "models/arima.py": {"train-arima-WTI"} | AGAINST_STEO,
    "models/lstm_network.py": {"train-lstm-WTI"} | AGAINST_STEO,
    "ingestion/archive.py": INGEST,
    "evaluation/selection/champion_rule.py": {"promote-WTI"},
    "analytics/volatility/har.py": {"volatility-WTI", "brief"},
    "analytics/correlation/breaks.py": {"correlation-WTI"},
    "analytics/seasonality/storage.py": {"seasonality-WTI"},
    "analytics/anomalies/judge.py": {"anomalies-WTI"},
    "analytics/brief/coming.py": {"brief"},
    "workflows/publishing/site.py": {"publish"},
    "workflows/publishing/templates/index.html.j2": {"publish"},
    "evaluation/backtesting/backtest.py": TRAINING | AGAINST_STEO,
    "evaluation/scoring/steo.py": AGAINST_STEO,
    "evaluation/calibration/combination.py": TRAINING
    | AGAINST_STEO
    | {"combine-WTI", "forecast-WTI"},
    "evaluation/scoring/metrics.py": TRAINING | {"combine-WTI", "promote-WTI", "publish"},
    "models/base.py": TRAINING | AGAINST_STEO | {"combine-WTI", "forecast-WTI"},
    "workflows/champions/evidence.py": {"promote-WTI"},
    "workflows/modelling/mlflow_model.py": TRAINING | {"combine-WTI"},
}


def _tasks_changed_by(
    ending: str, tasks: list[PlannedTask], monkeypatch: pytest.MonkeyPatch
) -> set[str]:
    """The tasks whose version differs when files whose path ends so have another content."""
    before = {task.name: task_code_version(task) for task in tasks}
    digest = code_version.file_digest
    with monkeypatch.context() as patch:
        patch.setattr(
            code_version,
            "file_digest",
            lambda path: digest(path) + "new" * str(path).endswith(ending),
        )
        return {task.name for task in tasks if task_code_version(task) != before[task.name]}


@pytest.mark.parametrize("changed", DEPENDENTS)
def test_a_changed_file_changes_its_dependents(
    changed: str, tasks: list[PlannedTask], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _tasks_changed_by(f"wellhead/{changed}", tasks, monkeypatch)
    assert found == DEPENDENTS[changed]


def test_another_rule_or_another_lock_is_another_version(
    tasks: list[PlannedTask], monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = _tasks_changed_by("expectations/observations.yml", tasks, monkeypatch)
    assert changed >= INGEST
    assert "market-WTI" not in changed
    everything = {task.name for task in tasks}
    assert _tasks_changed_by("requirements.lock", tasks, monkeypatch) == everything
