"""Rolling-origin backtests that use only what was known at each origin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wellhead.catalogue.targets import Target
from wellhead.errors import InputError
from wellhead.evaluation.backtesting.actuals import actuals
from wellhead.evaluation.backtesting.execution import Progress, run_parallel
from wellhead.evaluation.backtesting.origins import BacktestPlan, RefitBlock, refit_blocks
from wellhead.evaluation.backtesting.targets import target_forecast
from wellhead.features import feature_table, reader, with_covariates
from wellhead.models import Forecaster, create, model_class
from wellhead.tables import STATISTICS

Params = Mapping[str, Any]
Tables = Mapping[str, pd.DataFrame]


def backtest(
    model_name: str,
    params: Params,
    observations: pd.DataFrame,
    plan: BacktestPlan,
    calendar: str,
    covariates: Tables | None = None,
    *,
    processes: int | None = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Forecast from every origin of the plan with the data of that moment.

    An origin is a release: the moment at which new prices become available. The model sees rows
    with `available_at` up to the origin. It sees no later days and no later revisions, neither in
    its prices nor in its features nor in its covariates.

    `observations`, and each of `covariates`, has one row per vintage: `observed_at`,
    `available_at`, `value`. The result has one row per (target_kind, made_at, horizon): model,
    target_kind, made_at, last_observed_at, last_value, one_step_mae (mean absolute one-session
    change up to the origin), horizon, target_at (a session of `calendar`, or the first day of a
    month), the STATISTICS, actual (NaN where it is unknown) and actual_available_at (when it became
    known; NaT). Code that learns from errors must only use rows whose `actual_available_at` has
    passed.

    `processes` and `progress` as in `run_parallel`; progress counts origins. The results do not
    depend on where they are computed.

    Raises NoDataError when the plan has no origin, NotEnoughHistoryError when the first origin is
    too early for the model.
    """
    models = {model_name: params}
    frames = backtests(
        models, observations, plan, calendar, covariates, processes=processes, progress=progress
    )
    return frames[model_name]


def backtests(
    models: Mapping[str, Params],
    observations: pd.DataFrame,
    plan: BacktestPlan,
    calendar: str,
    covariates: Tables | None = None,
    *,
    processes: int | None = 1,
    progress: Progress | None = None,
) -> dict[str, pd.DataFrame]:
    """`backtest` for several models at once: name -> frame.

    The unit of work is one model on one refit block.
    """
    blocks = refit_blocks(observations, plan, calendar)
    jobs = [
        _Job(name, params, _table(name, observations, covariates or {}, plan), plan, calendar)
        for name, params in models.items()
    ]
    units = [(job, block) for job in jobs for block in blocks]
    sizes = [len(block.origins) for _, block in units]
    forecasts = run_parallel(
        forecast_block, units, processes=processes, weights=sizes, progress=progress
    )
    actual = {target: actuals(observations, target, calendar) for target in plan.targets}
    return {
        name: _with_actuals(forecasts[i * len(blocks) : (i + 1) * len(blocks)], actual)
        for i, name in enumerate(models)
    }


@dataclass(frozen=True)
class _Job:
    """One model on one series: what its refit blocks have in common."""

    model: str
    params: Params
    table: pd.DataFrame
    plan: BacktestPlan
    calendar: str


def _table(
    name: str, observations: pd.DataFrame, covariates: Tables, plan: BacktestPlan
) -> pd.DataFrame:
    """The vintages of a model's features and of its covariates, as far as these are given."""
    model = model_class(name)
    if plan.window is not None and plan.window < model.min_history:
        raise InputError(
            f"window is {plan.window}, and model {name} is fitted on {model.min_history} sessions "
            "or more: give a longer window."
        )
    features = feature_table(observations, model.features)
    given = {key: covariates[key] for key in model.covariates if key in covariates}
    return with_covariates(features, given)


def forecast_block(job: _Job, block: RefitBlock) -> pd.DataFrame:
    """Fit once and forecast from the block's origins: rows as in `backtest`, without actuals."""
    history_at, plan = reader(job.table), job.plan
    past = history_at(block.fit_at)
    past = past.iloc[: max(0, len(past) - plan.embargo)]
    model = create(job.model, **job.params).fit(
        past if plan.window is None else past.tail(plan.window)
    )
    forecasts = [
        _forecast(model, target, history_at(moment), moment, job)
        for moment, targets in block.origins
        for target in targets
    ]
    return pd.concat(forecasts, ignore_index=True)


def _forecast(
    model: Forecaster[Any],
    target: Target,
    history: pd.DataFrame,
    made_at: pd.Timestamp,
    job: _Job,
) -> pd.DataFrame:
    value = history["value"].to_numpy(dtype=float)
    count = job.plan.horizon if target == Target.DAILY else job.plan.months
    forecast = target_forecast(model, target, history, made_at, count, job.calendar)
    return pd.DataFrame(
        {
            "model": job.model,
            "target_kind": target.value,
            "made_at": made_at,
            "last_observed_at": history.index[-1],
            "last_value": value[-1],
            "one_step_mae": np.abs(np.diff(value)).mean(),
            "horizon": forecast.horizons,
            "target_at": forecast.target_at,
            **dict(zip(STATISTICS, forecast.statistics.T, strict=True)),
        }
    )


def _with_actuals(parts: list[pd.DataFrame], actual: Mapping[Target, pd.DataFrame]) -> pd.DataFrame:
    forecasts = pd.concat(parts, ignore_index=True)
    by_target = [
        forecasts[forecasts["target_kind"] == target].merge(outcomes, "left", on="target_at")
        for target, outcomes in actual.items()
    ]
    return pd.concat(by_target, ignore_index=True)
