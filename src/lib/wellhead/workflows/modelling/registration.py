"""From a training to a registered version: its run in MLflow, its rows, the files others read."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.charts.forecasts import backtest_chart
from wellhead.database.writing import write_rows
from wellhead.evaluation.calibration.deployed import DeployedForecaster
from wellhead.files import replacing
from wellhead.tracking.registry import register
from wellhead.tracking.runs import Run, open_run
from wellhead.workflows.modelling.trained import Trained

_WRAPPER = Path(__file__).with_name("mlflow_model.py")
_EXAMPLE = 5  # sessions of the forecast that shows the form of the answer


def register_trained(
    trained: Trained,
    published: DeployedForecaster,
    prices: "pd.Series[float]",
    settings: dict[str, Any],
    to: dict[str, str],
) -> Trained:
    """Log a training to MLflow, register what came of it and write the files of the task.

    `prices` are all that were known, indexed by `observed_at`: an example of what it reads.
    `settings` are logged as the run's parameters. `to` names the files `backtest` (Parquet) and
    `trained` (JSON).
    """
    tags = {name: str(getattr(trained, name)) for name in ("model", "source", "code_version")}
    tags["data_as_of"] = str(trained.last_observed_at.date())
    title = f"{trained.model} {trained.commodity}"
    with open_run(f"wellhead-{trained.commodity}", title, {**settings, **tags}, tags) as run:
        _log(run, trained)
        run.log_json(published.card(), "card")
    versions = _register(trained, published, prices, run.run_id, tags)
    placed = replace(trained, versions=versions, run_id=run.run_id)
    write_rows("backtests", _stored(placed))
    with replacing(Path(to["backtest"])) as path:
        placed.backtest.to_parquet(path, index=False)
    run.log_file(Path(to["backtest"]), "backtest")
    with replacing(Path(to["trained"])) as path:
        path.write_text(placed.summary(), encoding="utf-8")
    return placed


def _log(run: Run, trained: Trained) -> None:
    run.log_metrics(trained.scores)
    run.log_figure(_chart(trained), "backtest")
    run.log_json(trained.scores.to_dict("records"), "scores")


def _chart(trained: Trained) -> Any:
    kind = trained.backtest["target_kind"].iloc[0]
    shown = trained.backtest[trained.backtest["target_kind"] == kind]
    horizon = min(21, int(shown["horizon"].max()))
    return backtest_chart(shown, find_instrument(trained.commodity), horizon)


def _stored(trained: Trained) -> pd.DataFrame:
    return trained.backtest.assign(
        commodity=trained.commodity,
        model_version=trained.backtest["target_kind"].map(trained.versions),
        run_id=trained.run_id,
    )


def _register(
    trained: Trained,
    published: DeployedForecaster,
    prices: "pd.Series[float]",
    run_id: str,
    tags: dict[str, str],
) -> dict[str, str]:
    targets = [Target(name) for name in trained.backtest["target_kind"].unique()]
    answer = published.predict(prices, targets[0], _EXAMPLE)
    with tempfile.TemporaryDirectory() as beside:
        folder = Path(beside, trained.model)
        published.save(folder)
        example = prices.rename("value").rename_axis("observed_at").reset_index()
        return register(
            folder,
            _WRAPPER,
            example.assign(observed_at=example["observed_at"].dt.tz_localize(None)).tail(_EXAMPLE),
            answer.assign(target_at=answer["target_at"].dt.tz_localize(None)),
            run_id=run_id,
            commodity=trained.commodity,
            targets=targets,
            tags=tags,
        )
