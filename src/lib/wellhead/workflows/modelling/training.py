"""Training: backtests one model on one commodity, fits it on all known prices, registers it."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.evaluation.backtesting.backtest import backtest
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.evaluation.calibration.calibration import calibrate_and_learn, with_own_quantiles
from wellhead.evaluation.calibration.deployed import CalibratedForecaster
from wellhead.evaluation.scoring.scores import score_targets
from wellhead.features.covariates import with_covariates
from wellhead.features.point_in_time import as_of
from wellhead.models.registry import create
from wellhead.models.tuned import params_for
from wellhead.workflows.modelling.covariates import read_covariates
from wellhead.workflows.modelling.features import make_features, read_features
from wellhead.workflows.modelling.registration import plan_settings, register_trained
from wellhead.workflows.modelling.trained import Trained


def train(
    instrument: Instrument,
    model: str,
    source: str,
    *,
    plan: BacktestPlan,
    params: dict[str, Any] | None = None,
    features: Path | str | None = None,
    code_version: str = "interactive",
    to: dict[str, str] | None = None,
) -> Trained:
    """Backtest a model by `plan`, fit it on all known prices, and with `to` register it.

    `params` are hyper-parameters as in `env.yaml`, overrides by commodity included. `features` is
    a file of `make_features`; without it the features are built from the database. `to` names two
    files to write, `backtest` (Parquet) and `trained` (JSON); without it nothing is written.
    Trainings run side by side, so the backtest runs in this process, unless DASK_SCHEDULER names a
    cluster. Raises UnknownModelError, NoDataError or NotEnoughHistoryError.
    """
    params = params_for(model, instrument, params)
    covariates = read_covariates(model, SeriesKey(instrument.key, source))
    table = read_features(Path(features)) if features else make_features(instrument, source)
    own = backtest(model, params, table, plan, instrument.calendar, covariates)
    history = with_covariates(as_of(table, table["available_at"].max()), covariates)
    fitted = create(model, **params).fit(history)
    calibrated, learned = calibrate_and_learn(own)
    forecasts = with_own_quantiles(calibrated, own)
    trained = _trained(instrument, model, source, code_version, history.index[-1], forecasts)
    if to is None:
        return trained
    settings = {f"model.{name}": value for name, value in asdict(fitted.params).items()}
    settings |= {f"backtest.{name}": value for name, value in plan_settings(plan).items()}
    deployed = CalibratedForecaster(fitted, instrument.calendar, learned)
    return register_trained(trained, deployed, history["value"], settings, to)


def _trained(
    instrument: Instrument,
    model: str,
    source: str,
    code_version: str,
    last_observed_at: pd.Timestamp,
    forecasts: pd.DataFrame,
) -> Trained:
    """The training before it is registered."""
    return Trained(
        instrument=instrument,
        model=model,
        source=source,
        versions={},
        run_id=None,
        code_version=code_version,
        last_observed_at=last_observed_at,
        scores=score_targets(forecasts),
        backtest=forecasts,
    )
