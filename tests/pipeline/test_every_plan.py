"""Every `env.yaml` that is accepted runs through every notebook, or ends in one clear line."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.commands import call_wellhead, run_wellhead
from tests.isolation import settings_in_use
from tests.paths import ROOT
from tests.workbench import Workbench, run_settings
from wellhead.catalogue.targets import Target
from wellhead.database.operations import read_table
from wellhead.errors import NoDataError, NotEnoughHistoryError, SettingsError
from wellhead.workflows.configuration import read_configuration

MODELS = ("no-change", "drift", "mean-reversion")
SMALL = {"start": "2018-01-01", "step": 63, "refit": 250}
NO_DATA = (NoDataError, NotEnoughHistoryError)
"""What a plan may meet that no reading of `env.yaml` can know: its days have no prices."""

days = st.sampled_from(["2016-02-29", "2017-06-01", "2018-06-30", "2018-12-20", "2019-01-02"])
plans = st.fixed_dictionaries(
    {"start": days, "step": st.integers(42, 300), "refit": st.integers(200, 900)},
    optional={
        "end": st.sampled_from(["2018-07-31", "2018-12-31", None]),
        "horizon": st.integers(1, 130),
        "months": st.integers(1, 24),
        "monthly_step": st.one_of(st.none(), st.integers(20, 90)),
        "window": st.one_of(st.none(), st.integers(1, 4000)),
        "embargo": st.integers(0, 40),
        "targets": st.lists(st.sampled_from(["daily", "monthly"]), min_size=1, max_size=3),
    },
)


def _accepted(folder: Path, backtest: dict[str, Any]) -> dict[str, Any] | None:
    """The parameter `plan` of the notebooks; None where `env.yaml` is refused."""
    environment = yaml.safe_load((ROOT / "env.test.yaml").read_text())
    environment |= {"models": {name: {} for name in MODELS}, "backtest": backtest}
    (folder / "env.yaml").write_text(yaml.safe_dump(environment))
    try:
        return dict(read_configuration(folder / "env.yaml").backtest_fields)
    except SettingsError:
        return None


def _run(notebook: str, **parameters: Any) -> dict[str, Any]:
    """The names that the cells of a notebook leave."""
    names: dict[str, Any] = {}
    content = json.loads((ROOT / "notebooks" / "models" / f"{notebook}.ipynb").read_text())
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # noqa: S102 - our own notebook
        if "parameters" in cell["metadata"].get("tags", ()):
            names |= parameters
    return names


def _keep(names: dict[str, Any], folder: Path) -> dict[str, str]:
    """Write what a what-if leaves as if it were registered: what the next notebook reads."""
    trained = names.get("trained") if "model" in names else names["combined"]
    versions = dict.fromkeys(trained.backtest["target_kind"].unique(), "1")
    trained = dataclasses.replace(trained, versions=versions)
    files = {name: str(folder / f"{trained.model}.{name}") for name in ("trained", "backtest")}
    Path(files["trained"]).write_text(trained.summary())
    trained.backtest.to_parquet(files["backtest"], index=False)
    return files


@pytest.mark.slow
@settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # to shrink takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(backtest=plans)
@example(backtest={**SMALL, "targets": ["daily"]})
@example(backtest={**SMALL, "targets": ["monthly"]})
@example(backtest={**SMALL, "horizon": 5, "months": 1, "targets": ["monthly", "daily"]})
@example(backtest={**SMALL, "start": "2018-12-20", "targets": ["daily", "monthly"]})
def test_every_accepted_plan_runs_through_the_notebooks_of_the_models(
    backtest: dict[str, Any], workbench: Workbench, tmp_path: Path
) -> None:
    plan = _accepted(tmp_path, backtest)
    if plan is None:
        return
    features = {"features-WTI": {"features": str(workbench.artifacts / "features/WTI.parquet")}}
    try:
        kept = {
            f"train-{name}-WTI": _keep(
                _run("train", model=name, plan=plan, source="archive", upstream=features), tmp_path
            )
            for name in MODELS
        }
    except NO_DATA as error:
        assert "\n" not in str(error)
        return
    kept["combine-WTI"] = _keep(_run("combine", upstream=kept), tmp_path)
    promoted = _run("promote", upstream=kept)["promotion"]
    wanted = {Target(name) for name in plan.get("targets", ["daily"])}
    assert {champion.target for champion in promoted.champions} == wanted


@pytest.mark.slow
@pytest.mark.parametrize("target", list(Target))
def test_a_pipeline_with_one_target_runs_to_its_end(target: Target, tmp_path: Path) -> None:
    environment = yaml.safe_load((ROOT / "env.test.yaml").read_text())
    environment |= {"covariates": [], "models": {"drift": {}, "no-change": {}}}
    environment["backtest"] = {**SMALL, "targets": [target.value]}
    (tmp_path / "env.yaml").write_text(yaml.safe_dump(environment))
    workbench = {**run_settings(tmp_path), "PYTHONWARNINGS": "always"}
    ended = run_wellhead("run", "--env", str(tmp_path / "env.yaml"), **workbench)
    assert (ended.returncode, ended.stderr) == (0, "")
    steps = {Target.DAILY: "days", Target.MONTHLY: "months"}[target]
    assert f"the forecast is for the {steps} after it" in ended.stdout
    with settings_in_use(**workbench):
        assert set(read_table("forecasts")["target_kind"]) == {target.value}
        assert set(read_table("promotions")["target_kind"]) == {target.value}
    printed = call_wellhead("forecast", "WTI", "--target", target.value, **workbench)
    assert "champion no-change" in printed.stdout
