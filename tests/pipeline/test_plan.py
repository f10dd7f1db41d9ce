"""From the pipeline file to tasks."""

from pathlib import Path

import pytest
import yaml

from tests.csv_files import write_csv
from tests.paths import ROOT
from wellhead.catalogue.lookup import find_instruments
from wellhead.errors import SettingsError, UnknownCommodityError, UnknownSourceError
from wellhead.pipeline.plan import PlannedTask, plan_tasks
from wellhead.pipeline.scope import Scope, scope_of_run
from wellhead.workflows.configuration import read_configuration


def _scope(source: str = "archive", commodities: list[str] | None = None) -> Scope:
    chosen = find_instruments(commodities) if commodities else None
    return scope_of_run(read_configuration(ROOT / "env.yaml"), source, chosen)


def _plan(source: str = "archive", commodities: list[str] | None = None) -> dict[str, PlannedTask]:
    values = {**_scope(source, commodities).named_values(), "artifacts": "out"}
    return {task.name: task for task in plan_tasks(ROOT / "pipeline.yaml", values)}


def test_grids_spread_out_and_each_task_depends_on_its_own_commodity() -> None:
    tasks = _plan()
    assert len(tasks) == 26
    train = tasks["train-arima-WTI"]
    assert train.stage == "models"
    assert train.specification["upstream"] == ["features-WTI"]
    assert train.parameters["model"] == "arima"
    assert train.parameters["params"] == {}
    assert train.specification["product"]["backtest"] == "out/models/WTI-arima.parquet"
    assert tasks["promote-WTI"].specification["upstream"] == [
        "train-*-WTI",
        "combine-WTI",
        "forecast-WTI",
    ]
    assert tasks["features-WTI"].reads == ("WTI",)
    assert tasks["ingest-VIX"].watches == ("source",)
    assert tasks["steo-WTI"].watches == ("outlooks",)
    assert set(tasks["steo-WTI"].parameters["models"]) >= {"arima", "no-change"}


def test_a_misspelt_watch_is_one_clear_error(tmp_path: Path) -> None:
    task = {"name": "load", "source": "notebooks/ingest/source.ipynb", "watches": ["sauce"]}
    (tmp_path / "pipeline.yaml").write_text(yaml.safe_dump({"tasks": [task]}))
    with pytest.raises(SettingsError, match="task load watches sauce: choose from source, batches"):
        plan_tasks(tmp_path / "pipeline.yaml", {})


def test_a_commodity_in_any_case_becomes_its_key_and_covariates_follow_the_source() -> None:
    scope = _scope(commodities=["wti", "WTI"])
    assert [instrument.key for instrument in scope.commodities] == ["WTI"]
    assert [each.key for each in scope.instruments] == ["WTI", "BRENT", "VIX", "SP500"]


def test_csv_files_take_the_same_path(csv_folder: Path) -> None:
    write_csv(csv_folder, "brent", ["2024-01-02,75"])
    tasks = _plan(source="csv", commodities=["BRENT"])
    assert "train-lstm-BRENT" in tasks
    assert [name for name in tasks if name.startswith("ingest")] == ["ingest-BRENT"]
    with pytest.raises(UnknownSourceError, match=r"does not carry WTI\. It has: BRENT"):
        _plan(source="csv")


@pytest.mark.parametrize(
    ("overrides", "error", "words"),
    [
        ({"commodities": ["GOLD"]}, UnknownCommodityError, "'GOLD' is not in the catalogue"),
        ({"commodities": ["BRENT"]}, UnknownSourceError, "no daily prices of BRENT"),
        ({"source": "bloomberg"}, UnknownSourceError, "not registered"),
    ],
)
def test_a_run_that_is_impossible_is_refused_at_once(
    overrides: dict, error: type, words: str
) -> None:
    with pytest.raises(error, match=words):
        _scope(**overrides)


def test_a_failed_load_takes_its_commodity_out_and_leaves_the_others() -> None:
    tasks = _plan()
    assert tasks["train-arima-WTI"].without({"WTI"}) is None
    assert tasks["train-arima-WTI"].without({"VIX"}) == tasks["train-arima-WTI"]
    assert tasks["publish"].without({"WTI"}) is None
    assert tasks["publish"].without({"VIX"}).parameters["commodities"] == ["WTI"]


def test_a_placeholder_that_nothing_fills_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("tasks: [{source: notebooks/a/b.ipynb, name: '{{nothing}}'}]")
    with pytest.raises(SettingsError, match="'nothing', which has no value"):
        plan_tasks(tmp_path / "p.yaml", {})
