"""MLflow records every training, and its versions load through Wellhead and through MLflow."""

import json
import platform
import shutil
from dataclasses import replace
from importlib import metadata

import pandas as pd
import pytest
import yaml

from tests.paths import ROOT
from wellhead.catalogue.series import SeriesKey
from wellhead.catalogue.targets import Target
from wellhead.database.operations import get_vintages
from wellhead.errors import ArtifactError, NoChampionError
from wellhead.models.artifacts import read_artifact, write_artifact
from wellhead.tracking.client import client, mlflow
from wellhead.tracking.registry import artifact_folder, champion, find_version
from wellhead.workflows.modelling.versions import load_version

MODELS = sorted([*yaml.safe_load((ROOT / "env.test.yaml").read_text())["models"], "combination"])


def _versions() -> list:
    found = client().search_model_versions("name = 'WTI-daily'")
    return sorted(found, key=lambda version: int(version.version))


def test_every_model_is_registered_with_its_code_and_data(workbench) -> None:
    by_model = {version.tags["model"]: version for version in _versions()}
    assert set(by_model) == set(MODELS)
    for version in by_model.values():
        assert len(version.tags["code_version"]) == 16
        assert version.tags["data_as_of"] == "2019-01-03"
        assert version.tags["source"] == "archive"


def test_a_training_run_keeps_parameters_metrics_backtest_and_notebook(workbench) -> None:
    version = next(v for v in _versions() if v.tags["model"] == "arima")
    run = client().get_run(version.run_id)
    assert run.data.params["backtest.step"] == "21"
    assert "model.max_order" in run.data.params
    assert run.data.metrics["mspe_ratio_h1"] > 0
    backtests = [item.path for item in client().list_artifacts(version.run_id, "backtest")]
    assert backtests == ["backtest/WTI-arima.parquet"]
    notebooks = [item.path for item in client().list_artifacts(version.run_id, "notebooks")]
    assert notebooks == ["notebooks/train-arima-WTI.ipynb"]


def test_a_training_run_keeps_its_environment_and_the_card_of_the_model(workbench) -> None:
    version = next(v for v in _versions() if v.tags["model"] == "arima")
    read = mlflow().artifacts.load_text
    environment = read(f"runs:/{version.run_id}/environment.txt").splitlines()
    assert environment[0].startswith(f"# Python {platform.python_version()}, ")
    assert {f"pandas=={pd.__version__}", f"statsmodels=={metadata.version('statsmodels')}"} <= set(
        environment
    )
    card = json.loads(read(f"runs:/{version.run_id}/card.json"))
    assert card["model"] == "arima"


def test_the_run_of_the_pipeline_keeps_every_notebook(workbench) -> None:
    experiment = client().get_experiment_by_name("wellhead-pipeline")
    run = client().search_runs([experiment.experiment_id], order_by=["start_time ASC"])[0]
    kept = client().list_artifacts(run.info.run_id, "notebooks")
    assert len(kept) == 13 + len(MODELS)


def test_the_champion_is_an_alias_with_a_reason(workbench) -> None:
    best = champion("WTI")
    alias = client().get_model_version_by_alias("WTI-daily", "champion")
    assert best.version == str(alias.version)
    assert best.reason == alias.tags["reason"]
    with pytest.raises(NoChampionError, match="make run COMMODITIES=BRENT"):
        champion("BRENT")


@pytest.mark.parametrize("name", MODELS)
def test_a_version_loads_alike_through_wellhead_and_mlflow(name: str, workbench) -> None:
    version = next(v for v in _versions() if v.tags["model"] == name)
    ours = load_version(find_version("WTI", Target.DAILY, str(version.version)))
    prices = get_vintages(SeriesKey("WTI", "archive")).set_index("observed_at")["value"].tail(1200)
    given = prices.tz_localize(None).reset_index()
    theirs = mlflow().pyfunc.load_model(f"models:/WTI-daily/{version.version}")
    for kind, count in (("daily", 20), ("monthly", 2)):
        expected = ours.predict(prices, kind, count)
        got = theirs.predict(given, params={"horizon": count, "target_kind": kind})
        assert list(got["target_at"]) == list(expected["target_at"].dt.tz_localize(None))
        figures = expected.columns.drop("target_at")
        pd.testing.assert_frame_equal(got[figures].astype(float), expected[figures].astype(float))


def test_a_version_whose_files_were_changed_is_not_loaded(own_workbench) -> None:
    folder = artifact_folder(champion("WTI"))
    (parameters,) = {
        *folder.glob("model/parameters.json"),
        *folder.glob("members/arima/**/p*.json"),
    }
    parameters.write_text(json.dumps({"band_window": 63}))
    with pytest.raises(ArtifactError, match=r"parameters\.json was changed"):
        load_version(champion("WTI"))


def test_the_files_of_another_version_are_not_loaded(own_workbench) -> None:
    """Each folder is whole and its manifest is right; only the registration tells them apart."""
    versions = [find_version("WTI", Target.DAILY, str(each.version)) for each in _versions()]
    kept = own_workbench.folder / "kept"
    for ours, other in zip(versions, [*versions[1:], versions[0]], strict=True):
        folder = artifact_folder(ours)
        folder.rename(kept)
        shutil.copytree(kept if other is ours else artifact_folder(other), folder)
        with pytest.raises(ArtifactError, match="not the one that was registered"):
            load_version(ours)
        shutil.rmtree(folder)
        kept.rename(folder)
        load_version(ours)


def test_a_file_and_its_manifest_forged_together_are_not_loaded(own_workbench) -> None:
    best = champion("WTI")
    folder = artifact_folder(best)
    artifact = read_artifact(folder)
    learned = artifact.files["learned.json"] + b" "
    write_artifact(folder, replace(artifact, files={**artifact.files, "learned.json": learned}))
    with pytest.raises(ArtifactError, match="not the one that was registered"):
        load_version(best)


def test_a_version_of_before_the_digests_is_loaded(own_workbench) -> None:
    best = champion("WTI")
    client().delete_model_version_tag("WTI-daily", best.version, "manifest_sha256")
    assert load_version(champion("WTI")).card()["model"] == best.model


def test_a_changed_mlmodel_is_one_error(own_workbench) -> None:
    best = champion("WTI")
    file = artifact_folder(best).parents[1] / "MLmodel"
    written = file.read_text()
    for changed in ("{", "", "[1]", "flavors: {python_function: {}}", "[" * 5000):
        file.write_text(changed)
        with pytest.raises(ArtifactError, match="MLmodel cannot be read"):
            load_version(best)
    file.write_text(written)
    load_version(best)


def test_no_registered_file_is_a_pickle(workbench) -> None:
    suffixes = {path.suffix for path in (workbench.var / "mlflow").rglob("*") if path.is_file()}
    assert ".json" in suffixes  # the folder is the right one
    assert not suffixes & {".pkl", ".pickle", ".joblib", ".pt", ".pth"}
