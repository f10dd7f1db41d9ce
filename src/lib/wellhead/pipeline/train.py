"""Verb: backtest one model on one commodity, fit it on all that is known, register it."""

import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead.commodities import find_instrument
from wellhead.features.point_in_time import as_of
from wellhead.files import replacing
from wellhead.models.base import Forecaster
from wellhead.models.registry import create
from wellhead.pipeline.features import make_features, read_features
from wellhead.pipeline.trained import TARGET_KIND, Trained
from wellhead.plots import backtest_chart
from wellhead.tracking.registry import register
from wellhead.tracking.runs import Run, open_run
from wellhead.training.backtest import backtest
from wellhead.training.metrics import BENCHMARK, score
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

    `plan` holds the fields of BacktestPlan, `params` the model's hyper-parameters. `features` is
    a file of `make_features`; without it the features are built from the database. `to` names two
    files to write, `backtest` (Parquet) and `trained` (JSON); without it nothing is written
    anywhere. Raises UnknownModelError, NoDataError or NotEnoughHistoryError.
    """
    instrument, params = find_instrument(commodity), params or {}
    table = read_features(Path(features)) if features else make_features(commodity, source)
    forecasts = backtest(model, params, table, BacktestPlan(**plan), instrument.calendar)
    benchmark = (
        forecasts
        if model == BENCHMARK
        else backtest(BENCHMARK, {}, table, BacktestPlan(**plan), instrument.calendar)
    )
    scores = score(forecasts, benchmark)
    history = as_of(table, table["available_at"].max())
    fitted = create(model, **params).fit(history)
    trained = Trained(
        commodity=instrument.key,
        model=model,
        source=source,
        version=None,
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
    version = _register(trained, fitted, history, run.run_id, tags)
    placed = replace(trained, version=version, run_id=run.run_id)
    with replacing(Path(to["backtest"])) as path:
        placed.backtest.to_parquet(path, index=False)
    with replacing(Path(to["trained"])) as path:
        path.write_text(placed.summary(), encoding="utf-8")
    return placed


def _log(run: Run, trained: Trained) -> None:
    run.log_metrics(trained.scores)
    run.log_figure(_chart(trained), "backtest")
    run.log_json(trained.scores.to_dict("records"), "scores")


def _chart(trained: Trained) -> Any:
    horizon = min(21, int(trained.backtest["horizon"].max()))
    return backtest_chart(trained.backtest, find_instrument(trained.commodity), horizon)


def _register(
    trained: Trained,
    fitted: Forecaster[Any],
    history: pd.DataFrame,
    run_id: str,
    tags: dict[str, str],
) -> str:
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
            target_kind=TARGET_KIND,
            tags=tags,
        )
