"""Verb: backtest one model on one commodity, fit it on all that is known, register it."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from wellhead.catalogue.lookup import find_instrument
from wellhead.evaluation.backtesting.backtest import backtest
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.evaluation.calibration.calibration import calibrate, corrections
from wellhead.evaluation.calibration.deployed import CalibratedForecaster
from wellhead.evaluation.scoring.scores import score_targets
from wellhead.features.covariates import with_covariates
from wellhead.features.point_in_time import as_of
from wellhead.models.registry import create
from wellhead.models.tuned import params_for
from wellhead.workflows.modelling.covariates import read_covariates
from wellhead.workflows.modelling.features import make_features, read_features
from wellhead.workflows.modelling.registration import register_trained
from wellhead.workflows.modelling.trained import Trained


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
    params = params_for(model, instrument, params)
    beside = read_covariates(model, instrument.key, source)
    table = read_features(Path(features)) if features else make_features(commodity, source)
    own = backtest(model, params, table, BacktestPlan(**plan), instrument.calendar, beside)
    forecasts = calibrate(own)
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
        scores=score_targets(forecasts),
        backtest=forecasts,
    )
    if to is None:
        return trained
    settings = {f"model.{name}": value for name, value in asdict(fitted.params).items()}
    settings |= {f"backtest.{name}": value for name, value in plan.items()}
    published = CalibratedForecaster(fitted, instrument.calendar, corrections(own))
    return register_trained(trained, published, history["value"], settings, to)
