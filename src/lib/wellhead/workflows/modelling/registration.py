"""Registration: logs a training to MLflow, registers its model, writes its files and rows."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead.catalogue.targets import Target
from wellhead.charts.forecasts import backtest_chart
from wellhead.database.writing import write_rows
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.evaluation.calibration.calibration import OWN
from wellhead.evaluation.calibration.deployed import DeployedForecaster
from wellhead.files import replacing, temporary_folder
from wellhead.models.artifacts import manifest_digest
from wellhead.tracking.registry import register
from wellhead.tracking.runs import Run, open_run
from wellhead.workflows.modelling.trained import Trained

_WRAPPER = Path(__file__).with_name("mlflow_model.py")
_EXAMPLE = 5  # rows of the example input, and sessions of the example forecast


def register_trained(
    trained: Trained,
    deployed: DeployedForecaster,
    prices: "pd.Series[float]",
    settings: dict[str, Any],
    to: dict[str, str],
) -> Trained:
    """Log a training to MLflow, register its model and write the files of the task.

    `prices` are all known prices, indexed by `observed_at`; the last of them are the example input
    of the registered model. `settings` are logged as the run's parameters. `to` names the files
    `backtest` (Parquet) and `trained` (JSON). Returns the training with its versions and run.
    """
    tags = {name: str(getattr(trained, name)) for name in ("model", "source", "code_version")}
    tags["data_as_of"] = str(trained.last_observed_at.date())
    key = trained.instrument.key
    title = f"{trained.model} {key}"
    with open_run(f"wellhead-{key}", title, {**settings, **tags}, tags) as run:
        _log(run, trained)
        run.log_json(deployed.card(), "card")
    versions = _register(trained, deployed, prices, run.run_id, tags)
    registered = replace(trained, versions=versions, run_id=run.run_id)
    write_rows("backtests", _rows(registered))
    with replacing(Path(to["backtest"])) as path:
        registered.backtest.to_parquet(path, index=False)
    run.log_file(Path(to["backtest"]), "backtest")
    with replacing(Path(to["trained"])) as path:
        path.write_text(registered.summary(), encoding="utf-8")
    return registered


def plan_settings(plan: BacktestPlan) -> dict[str, Any]:
    """The fields of a plan that are set, for MLflow."""
    given = {name: value for name, value in asdict(plan).items() if value is not None}
    return {**given, "targets": [target.value for target in plan.targets]}


def _log(run: Run, trained: Trained) -> None:
    run.log_metrics(trained.scores)
    run.log_figure(backtest_chart(trained.backtest, trained.instrument), "backtest")
    run.log_json(trained.scores.to_dict("records"), "scores")


def _rows(trained: Trained) -> pd.DataFrame:
    """The rows of table `backtests`."""
    return trained.backtest.drop(columns=list(OWN.values())).assign(
        commodity=trained.instrument.key,
        model_version=trained.backtest["target_kind"].map(trained.versions),
        run_id=trained.run_id,
    )


def _register(
    trained: Trained,
    deployed: DeployedForecaster,
    prices: "pd.Series[float]",
    run_id: str,
    tags: dict[str, str],
) -> dict[str, str]:
    targets = [Target(name) for name in trained.backtest["target_kind"].unique()]
    inputs = prices.rename("value").rename_axis("observed_at").reset_index()
    outputs = deployed.predict(prices, targets[0], _EXAMPLE)
    with temporary_folder() as temporary:
        folder = Path(temporary, trained.model)
        deployed.save(folder)
        return register(
            folder,
            _WRAPPER,
            _without_zone(inputs, "observed_at").tail(_EXAMPLE),
            _without_zone(outputs, "target_at"),
            run_id=run_id,
            commodity=trained.instrument.key,
            targets=targets,
            tags={**tags, "manifest_sha256": manifest_digest(folder)},
        )


def _without_zone(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """MLflow's signatures know no aware timestamps."""
    return rows.assign(**{column: rows[column].dt.tz_localize(None)})
