"""Rolling-origin backtests that use only what was known at each origin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from wellhead.catalogue.targets import Target
from wellhead.errors import InputError
from wellhead.evaluation.backtesting.actuals import actuals
from wellhead.evaluation.backtesting.execution import Progress, run_parallel
from wellhead.evaluation.backtesting.origins import BacktestPlan, RefitBlock, refit_blocks
from wellhead.evaluation.backtesting.targets import TargetForecast, daily_forecast, monthly_forecast
from wellhead.evaluation.backtesting.widths import BlockWidths, SharedWidths
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
    widths = SharedWidths(observations, plan)
    units = [
        (job, block, widths.of_block(block, _band_window(job))) for job in jobs for block in blocks
    ]
    sizes = [len(block.origins) for _, block, _ in units]
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
    require_long_enough(plan.window, name)
    model = model_class(name)
    features = feature_table(observations, model.features)
    given = {key: covariates[key] for key in model.covariates if key in covariates}
    return with_covariates(features, given)


def require_long_enough(window: int | None, name: str) -> None:
    """Raise InputError if a window has too few sessions to fit a model on."""
    least = model_class(name).min_history
    if window is not None and window < least:
        raise InputError(
            f"window is {window}, and model {name} is fitted on {least} sessions or more: give a "
            "longer window."
        )


def _band_window(job: _Job) -> int:
    window: int = create(job.model, **job.params).params.band_window
    return window


def forecast_block(job: _Job, block: RefitBlock, widths: BlockWidths) -> pd.DataFrame:
    """Fit once and forecast from the block's origins: rows as in `backtest`, without actuals."""
    history_at, plan = reader(job.table), job.plan
    past = history_at(block.fit_at)
    past = past.iloc[: max(0, len(past) - plan.embargo)]
    model = create(job.model, **job.params).fit(
        past if plan.window is None else past.tail(plan.window)
    )
    origins = [
        _forecast(model, target, history_at(moment), moment, job, widths)
        for moment, targets in block.origins
        for target in targets
    ]
    return _rows(job.model, origins)


class _Origin(NamedTuple):
    """The forecast of one target from one origin."""

    target: Target
    made_at: pd.Timestamp
    last_observed_at: pd.Timestamp
    last_value: float
    one_step_mae: float
    forecast: TargetForecast


def _forecast(
    model: Forecaster[Any],
    target: Target,
    history: pd.DataFrame,
    made_at: pd.Timestamp,
    job: _Job,
    widths: BlockWidths,
) -> _Origin:
    value, plan = history["value"].to_numpy(dtype=float), job.plan
    if target == Target.DAILY:
        shared = widths.at(len(history))
        every_day = daily_forecast(model, history, plan.horizon, job.calendar, shared)
        forecast = every_day.at(plan.horizons(target))
    else:
        forecast = monthly_forecast(model, history, made_at, plan.months, job.calendar)
    one_step_mae = float(np.abs(np.diff(value)).mean())
    return _Origin(target, made_at, history.index[-1], value[-1], one_step_mae, forecast)


def _rows(model: str, origins: list[_Origin]) -> pd.DataFrame:
    """All forecasts as one frame; a frame for each would take longer than the forecasts."""
    forecasts = [origin.forecast for origin in origins]
    target_at = [forecast.target_at for forecast in forecasts]
    each = np.repeat(np.arange(len(origins)), [len(days) for days in target_at])
    of_origin = pd.DataFrame(
        {
            "target_kind": [origin.target.value for origin in origins],
            "made_at": [origin.made_at for origin in origins],
            "last_observed_at": [origin.last_observed_at for origin in origins],
            "last_value": [origin.last_value for origin in origins],
            "one_step_mae": [origin.one_step_mae for origin in origins],
        }
    )
    rows = of_origin.iloc[each].reset_index(drop=True)
    rows.insert(0, "model", model)
    statistics = np.concatenate([forecast.statistics for forecast in forecasts])
    return rows.assign(
        horizon=np.concatenate([forecast.horizons for forecast in forecasts]),
        target_at=target_at[0].append(target_at[1:]),
        **dict(zip(STATISTICS, statistics.T, strict=True)),
    )


def _with_actuals(parts: list[pd.DataFrame], actual: Mapping[Target, pd.DataFrame]) -> pd.DataFrame:
    forecasts = pd.concat(parts, ignore_index=True)
    by_target = [
        forecasts[forecasts["target_kind"] == target].merge(outcomes, "left", on="target_at")
        for target, outcomes in actual.items()
    ]
    return pd.concat(by_target, ignore_index=True)
