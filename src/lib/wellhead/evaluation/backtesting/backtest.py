"""Rolling-origin backtests on what was known at each origin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wellhead.catalogue.targets import Target
from wellhead.errors import InputError
from wellhead.evaluation.backtesting.execution import Progress, run_parallel
from wellhead.evaluation.backtesting.origins import BacktestPlan, RefitBlock, refit_blocks
from wellhead.evaluation.backtesting.targets import actuals, target_forecast
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
    """Forecast from every origin of the plan as one would have then.

    An origin is a moment of release. At an origin the model sees rows with `available_at` up to
    it and nothing else: neither later days nor later revisions, in its prices, its features and
    its covariates.

    `observations`, and each of `covariates`, has one row a vintage: `observed_at`,
    `available_at`, `value`. The result has one row a (target_kind, made_at, horizon): model,
    target_kind, made_at, last_observed_at, last_value, one_step_mae (mean absolute one-session
    change that was visible), horizon, target_at (a session of `calendar`, or the first day of a
    month), the STATISTICS, actual (NaN where it is not known) and actual_available_at (since when
    it was; NaT). Who learns from errors uses those whose `actual_available_at` has passed.

    `processes` and `progress` as in `run_parallel`; progress counts origins. Results are the same
    wherever they are computed.

    Raises NoDataError when the plan holds no origin, NotEnoughHistoryError when the first one
    comes too early for the model.
    """
    frames = backtests(
        {model_name: params}, observations, plan, calendar, covariates,
        processes=processes, progress=progress,
    )  # fmt: skip
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
    """`backtest` for several models side by side: name -> frame.

    A unit of work is the block of origins of one model between two fits.
    """
    parts = refit_blocks(observations, plan, calendar)
    units = [
        (_Job(name, params, table, plan, calendar), part)
        for name, params in models.items()
        for table in [_table(name, observations, covariates or {}, plan)]
        for part in parts
    ]
    sizes = [len(part.origins) for _, part in units]
    made = run_parallel(
        forecast_block, units, processes=processes, weights=sizes, progress=progress
    )
    came = {target: actuals(observations, target, calendar) for target in plan.targets}
    return {
        name: _with_actuals(made[i * len(parts) : (i + 1) * len(parts)], came)
        for i, name in enumerate(models)
    }


@dataclass(frozen=True)
class _Job:
    """One model on one series: what its refit_blocks have in common."""

    model: str
    params: Params
    table: pd.DataFrame
    plan: BacktestPlan
    calendar: str


def _table(
    name: str, observations: pd.DataFrame, covariates: Tables, plan: BacktestPlan
) -> pd.DataFrame:
    """The vintages of a model's features, and of those of its covariates that are given."""
    kind = model_class(name)
    if plan.window is not None and plan.window < kind.min_history:
        raise InputError(
            f"window is {plan.window}, and model {name} is fitted on {kind.min_history} sessions "
            "or more: give a longer window."
        )
    known = feature_table(observations, kind.features)
    return with_covariates(known, {k: covariates[k] for k in kind.covariates if k in covariates})


def forecast_block(job: _Job, block: RefitBlock) -> pd.DataFrame:
    """One fit and the forecasts from its origins, as in `backtest`, without what came."""
    known, plan = reader(job.table), job.plan
    past = known(block.fit_at)
    past = past.iloc[: max(0, len(past) - plan.embargo)]
    model = create(job.model, **job.params).fit(
        past if plan.window is None else past.tail(plan.window)
    )
    forecasts = [
        _forecast(model, target, known(moment), moment, job)
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
    made = target_forecast(model, target, history, made_at, count, job.calendar)
    horizon, target_at, statistics = made
    return pd.DataFrame(
        {
            "model": job.model,
            "target_kind": target.value,
            "made_at": made_at,
            "last_observed_at": history.index[-1],
            "last_value": value[-1],
            "one_step_mae": np.abs(np.diff(value)).mean(),
            "horizon": horizon,
            "target_at": target_at,
            **dict(zip(STATISTICS, statistics.T, strict=True)),
        }
    )


def _with_actuals(parts: list[pd.DataFrame], came: Mapping[Target, pd.DataFrame]) -> pd.DataFrame:
    forecasts = pd.concat(parts, ignore_index=True)
    kinds = [
        forecasts[forecasts["target_kind"] == target].merge(known, "left", on="target_at")
        for target, known in came.items()
    ]
    return pd.concat(kinds, ignore_index=True)
