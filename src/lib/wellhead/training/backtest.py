"""Rolling-origin backtests on what was known at each origin."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wellhead.calendars import DateLike, next_sessions, sessions_between
from wellhead.errors import NoDataError
from wellhead.features import as_of, feature_table
from wellhead.models import Forecaster, create, model_class


@dataclass(frozen=True)
class BacktestPlan:
    """When to forecast, and how far: all counts are in sessions.

    `start` and `end` are days; `end` None is the newest observation. An origin every `step`,
    a refit every `refit`, forecasts for 1 to `horizon`.
    """

    start: DateLike
    end: DateLike | None = None
    step: int = 5
    refit: int = 250
    horizon: int = 63


def backtest(
    model_name: str,
    params: Mapping[str, Any],
    observations: pd.DataFrame,
    plan: BacktestPlan,
    calendar: str,
) -> pd.DataFrame:
    """Forecast from every origin of the plan as one would have then.

    An origin is a moment of release: the first at or after each `step`-th session. At an origin
    the model sees rows with `available_at` up to it and nothing else: neither later days nor
    later revisions, in its prices and in its features.

    `observations` has one row a vintage: `observed_at`, `available_at`, `value`. The result has
    one row a (made_at, horizon): model, made_at, last_observed_at, last_value, one_step_mae (mean
    absolute one-session change that was visible), horizon, target_at (a session of `calendar`),
    the STATISTICS, and actual: the latest vintage of the target's price, NaN where there is none.

    Raises NoDataError when the plan holds no origin, NotEnoughHistoryError when the first one
    comes too early for the model.
    """
    known = feature_table(observations, model_class(model_name).features)
    model: Forecaster[Any] | None = None
    fitted_at, forecasts = 0, []
    for session, moment in _origins(observations, plan, calendar):
        history = as_of(known, moment)
        if model is None or session - fitted_at >= plan.refit:
            model, fitted_at = create(model_name, **params).fit(history), session
        forecast = model.predict(history, plan.horizon)
        forecasts.append(_described(forecast, model_name, moment, history, calendar))
    return _with_actuals(pd.concat(forecasts, ignore_index=True), observations)


def _origins(
    observations: pd.DataFrame, plan: BacktestPlan, calendar: str
) -> Iterator[tuple[int, pd.Timestamp]]:
    """The plan's origins, each with the number of its session."""
    releases = pd.DatetimeIndex(np.sort(observations["available_at"].unique()))
    if releases.empty:
        raise NoDataError("there are no observations to backtest on: ingest some first.")
    days = sessions_between(calendar, plan.start, releases[-1] if plan.end is None else plan.end)
    starts = days[:: plan.step]
    first_after = releases.searchsorted(starts)
    chosen, where = np.unique(first_after[first_after < len(releases)], return_index=True)
    if not len(chosen):
        raise NoDataError(
            f"no price was released from {plan.start} on: start the backtest earlier."
        )
    yield from zip((int(i) * plan.step for i in where), releases[chosen], strict=True)


def _described(
    forecast: pd.DataFrame, model: str, made_at: pd.Timestamp, history: pd.DataFrame, calendar: str
) -> pd.DataFrame:
    last_day, value = history.index[-1], history["value"]
    described = forecast.reset_index()
    described.insert(0, "model", model)
    described.insert(1, "made_at", made_at)
    described.insert(2, "last_observed_at", last_day)
    described.insert(3, "last_value", float(value.iloc[-1]))
    described.insert(4, "one_step_mae", float(value.diff().abs().mean()))
    described.insert(6, "target_at", next_sessions(calendar, last_day, len(forecast)))
    return described


def _with_actuals(forecasts: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    prices = as_of(observations, observations["available_at"].max())["value"]
    return forecasts.assign(actual=prices.reindex(forecasts["target_at"]).to_numpy(dtype=float))
