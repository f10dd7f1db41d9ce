"""Verb: backtest one model on one commodity, fit it on all that is known, register it."""

import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead.commodities import find_instrument
from wellhead.database.writing import write_rows
from wellhead.features.covariates import with_covariates
from wellhead.features.point_in_time import as_of
from wellhead.files import replacing
from wellhead.models.base import Forecaster
from wellhead.models.registry import create
from wellhead.models.tuned import params_for
from wellhead.pipeline.covariates import read_covariates
from wellhead.pipeline.features import make_features, read_features
from wellhead.pipeline.trained import Trained
from wellhead.plots import backtest_chart
from wellhead.tracking.registry import register
from wellhead.tracking.runs import Run, open_run
from wellhead.training.backtest import backtest
from wellhead.training.metrics import score
from wellhead.training.origins import BacktestPlan

_WRAPPER = Path(__file__).with_name("mlflow_model.py")


def train(
    commodity: str,
    model: str,
    source: str,
    *,
    plan: dict[str, Any],
    params: dict[str, Any] | None = None,
    features: Path | str | None = None,
    code_version: str = "interactive",
    to: dict[str, str] | None = None,
) -> Trained:
    """Backtest a model by `plan`, fit it on everything known, and register it if `to` is given.

    `plan` holds the fields of BacktestPlan, `params` the model's hyper-parameters, also by
    commodity (`wellhead.models.tuned`). The backtest runs in this process, for trainings run side
    by side, unless DASK_SCHEDULER names a cluster. `features` is
    a file of `make_features`; without it the features are built from the database. `to` names two
    files to write, `backtest` (Parquet) and `trained` (JSON); without it nothing is written
    anywhere. Raises UnknownModelError, NoDataError or NotEnoughHistoryError.
    """
    instrument = find_instrument(commodity)
    params = params_for(model, instrument.key, params)
    beside = read_covariates(model, instrument.key, source)
    table = read_features(Path(features)) if features else make_features(commodity, source)
    forecasts = backtest(model, params, table, BacktestPlan(**plan), instrument.calendar, beside)
    parts = [part for _, part in forecasts.groupby("target_kind", sort=False)]
    scores = pd.concat([score(part) for part in parts], ignore_index=True)
    history = with_covariates(as_of(table, table["available_at"].max()), beside)
    fitted = create(model, **params).fit(history)
    trained = Trained(
        commodity=instrument.key,
        model=model,
        source=source,
        versions={},
        run_id=None,
        code_version=code_version,
        last_observed_at=history.index[-1],
        scores=scores,
        backtest=forecasts,
    )
    return trained if to is None else _registered(trained, fitted, history, plan, to)


def _registered(
    trained: Trained,
    fitted: Forecaster[Any],
    history: pd.DataFrame,
    plan: dict[str, Any],
    to: dict[str, str],
) -> Trained:
    """Log the training to MLflow, register the version and write the files that others read."""
    tags = {name: str(getattr(trained, name)) for name in ("model", "source", "code_version")}
    tags["data_as_of"] = str(trained.last_observed_at.date())
    hyper_parameters = {f"model.{name}": value for name, value in asdict(fitted.params).items()}
    with open_run(
        f"wellhead-{trained.commodity}",
        f"{trained.model} {trained.commodity}",
        {**hyper_parameters, **{f"backtest.{k}": v for k, v in plan.items()}, **tags},
        tags,
    ) as run:
        _log(run, trained)
        run.log_json(fitted.card(), "card")
    versions = _register(trained, fitted, history, run.run_id, tags)
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


def _stored(trained: Trained) -> pd.DataFrame:
    return trained.backtest.assign(
        commodity=trained.commodity,
        model_version=trained.backtest["target_kind"].map(trained.versions),
        run_id=trained.run_id,
    )


def _chart(trained: Trained) -> Any:
    kind = trained.backtest["target_kind"].iloc[0]
    shown = trained.backtest[trained.backtest["target_kind"] == kind]
    horizon = min(21, int(shown["horizon"].max()))
    return backtest_chart(shown, find_instrument(trained.commodity), horizon)


def _register(
    trained: Trained,
    fitted: Forecaster[Any],
    history: pd.DataFrame,
    run_id: str,
    tags: dict[str, str],
) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as beside:
        folder = Path(beside, trained.model)
        fitted.save(folder)
        prices = history["value"].tail(fitted.min_history + 10).reset_index()
        return register(
            folder,
            _WRAPPER,
            prices.assign(observed_at=prices["observed_at"].dt.tz_localize(None)),
            fitted.predict(history, 5).reset_index(),
            run_id=run_id,
            commodity=trained.commodity,
            target_kinds=list(trained.backtest["target_kind"].unique()),
            tags=tags,
        )
