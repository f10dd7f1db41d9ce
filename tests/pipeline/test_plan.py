"""From the pipeline file to tasks."""

from pathlib import Path

import pytest
import yaml

from tests.csv_files import write_csv
from tests.paths import ROOT
from wellhead.errors import (
    SettingsError,
    UnknownCommodityError,
    UnknownModelError,
    UnknownSourceError,
)
from wellhead.pipeline.plan import plan_tasks
from wellhead.settings import get_settings
from wellhead.workflows.configuration import read_environment


def _plan(**overrides: object):
    environment = {**read_environment(ROOT / "env.yaml", **overrides), "artifacts": "out"}
    return {task.name: task for task in plan_tasks(ROOT / "pipeline.yaml", environment)}


def test_grids_spread_out_and_each_task_depends_on_its_own_commodity() -> None:
    tasks = _plan()
    assert len(tasks) == 21
    train = tasks["train-arima-WTI"]
    assert train.stage == "models"
    assert train.specification["upstream"] == ["features-WTI"]
    assert train.parameters["model"] == "arima"
    assert train.parameters["params"] == {}
    assert train.specification["product"]["backtest"] == "out/models/WTI-arima.parquet"
    assert tasks["promote-WTI"].specification["upstream"] == [
        "train-*-WTI", "combine-WTI", "forecast-WTI",
    ]  # fmt: skip
    assert tasks["features-WTI"].reads == ("WTI",)
    assert tasks["ingest-VIX"].watches == ("source",)
    assert tasks["steo-WTI"].watches == ("outlooks",)
    assert set(tasks["steo-WTI"].parameters["models"]) >= {"arima", "no-change"}


def test_a_commodity_in_any_case_becomes_its_key_and_covariates_follow_the_source() -> None:
    environment = read_environment(ROOT / "env.yaml", commodities=["wti"])
    assert environment["commodities"] == ["WTI"]
    assert environment["instruments"] == ["WTI", "BRENT", "VIX", "SP500"]


def test_the_source_is_the_settings_when_none_is_named(
    csv_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_csv(csv_folder, "wti", ["2024-01-02,75"])
    monkeypatch.setenv("WELLHEAD_SOURCE", "csv")
    get_settings.cache_clear()
    assert read_environment(ROOT / "env.yaml")["source"] == "csv"
    assert read_environment(ROOT / "env.yaml", source="archive")["source"] == "archive"


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
def test_what_cannot_be_is_said_at_once(overrides: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        read_environment(ROOT / "env.yaml", **overrides)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"models": {"arimaa": {}}}, UnknownModelError, "'arimaa' is not registered"),
        ({"models": {"arima": {}}}, SettingsError, "models must hold no-change"),
        ({"models": ["no-change"]}, SettingsError, "models must be a mapping"),
        ({"commodities": "WTI"}, SettingsError, "commodities must be a list"),
        ({"covariates": None}, SettingsError, "covariates must be a list"),
        ({"sauce": "archive"}, SettingsError, "sauce means nothing here"),
        ({"backtest": {"start": "soon"}}, SettingsError, r"backtest\.start 'soon' is not a date"),
        ({"backtest": {"start": "2012-01-01", "stepp": 5}}, SettingsError, "unexpected .*'stepp'"),
        ({"backtest": {"start": "2012-01-01", "step": 0}}, SettingsError, r"backtest\.step is 0"),
    ],
)
def test_a_senseless_env_file_is_refused_before_anything_runs(
    changes: dict, error: type, words: str, tmp_path: Path
) -> None:
    document = yaml.safe_load((ROOT / "env.yaml").read_text()) | changes
    (tmp_path / "env.yaml").write_text(yaml.safe_dump(document))
    with pytest.raises(error, match=words):
        read_environment(tmp_path / "env.yaml")


def test_an_empty_env_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "env.yaml").write_text("")
    with pytest.raises(SettingsError, match="is empty"):
        read_environment(tmp_path / "env.yaml")


def test_a_failed_load_takes_its_commodity_out_and_leaves_the_others() -> None:
    tasks = _plan()
    assert tasks["train-arima-WTI"].without({"WTI"}) is None
    assert tasks["train-arima-WTI"].without({"VIX"}) == tasks["train-arima-WTI"]
    assert tasks["publish"].without({"WTI"}) is None
    assert tasks["publish"].without({"VIX"}).parameters["commodities"] == ["WTI"]


def test_a_placeholder_that_nothing_fills_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("tasks: [{source: notebooks/a/b.ipynb, name: '{{nothing}}'}]")
    with pytest.raises(SettingsError, match="'nothing'"):
        plan_tasks(tmp_path / "p.yaml", {})
