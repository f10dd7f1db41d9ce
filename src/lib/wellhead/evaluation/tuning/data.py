"""The past that hyper-parameters are tuned on, and the losses of a model on each fold of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from wellhead.calendars import DateLike, sessions_between, to_utc
from wellhead.catalogue.targets import Target
from wellhead.errors import InputError
from wellhead.evaluation.backtesting.backtest import backtest
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.evaluation.backtesting.outcomes import target_end
from wellhead.evaluation.scoring.scores import EXCLUDED, touches

_BURN_IN = 1260  # sessions before the first origin, so that a five-year mean is complete
_SHORTEST = 63  # sessions of a fold
_MONTH = 21


@dataclass(frozen=True)
class TuningData:
    """What was known before a moment, and the folds of origins in it, in time order."""

    observations: pd.DataFrame
    calendar: str
    covariates: Mapping[str, pd.DataFrame]
    folds: tuple[BacktestPlan, ...]

    @property
    def last_day(self) -> pd.Timestamp:
        """The newest day whose price was known."""
        day: pd.Timestamp = self.observations["observed_at"].max()
        return day

    def losses(
        self, model: str, params: Mapping[str, Any], fold: int, processes: int | None = 1
    ) -> pd.DataFrame:
        """Backtest a model on one fold and compute its losses.

        One row per (made_at, horizon): fold, last_observed_at, target_end and loss: the squared
        error over the mean squared error of no-change at that horizon of that fold. So the mean
        loss of a horizon is its MSPE ratio. Only origins count whose outcomes were all known; pairs
        that touch March to July 2020 do not.

        Raises InputError where no row is left or the price did not move; else as `backtest`.
        """
        plan = self.folds[fold]
        frame = backtest(
            model,
            params,
            self.observations,
            plan,
            self.calendar,
            self.covariates,
            processes=processes,
        )
        rows = self._resolved(frame.assign(fold=fold, target_end=target_end(frame)))
        of_no_change = (rows["actual"] - rows["last_value"]) ** 2
        weights = of_no_change.groupby(rows["horizon"]).transform("mean")
        if not weights.gt(0).all() or rows.empty:
            raise InputError(
                f"from {plan.start:%Y-%m-%d} to {plan.end:%Y-%m-%d} there is no known change of "
                "the price to learn from: tune on a longer past, or on fewer folds."
            )
        scored = rows.assign(loss=(rows["actual"] - rows["mean"]) ** 2 / weights)
        columns = ["fold", "made_at", "last_observed_at", "target_end", "horizon", "loss"]
        return scored[columns].reset_index(drop=True)

    def _resolved(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Scored horizons of the origins whose outcomes were all known."""
        scored = Target(rows["target_kind"].iloc[0]).scored
        ahead = [horizon for horizon in scored if horizon > 0]  # month 0 is partly known
        rows = rows[rows["horizon"].isin(ahead)]
        still_open = rows.loc[rows["target_end"] > self.last_day, "made_at"]
        rows = rows[~rows["made_at"].isin(still_open) & rows["actual"].notna()]
        return rows[~touches(rows, *EXCLUDED)]


def tuning_data_before(
    before: DateLike,
    observations: pd.DataFrame,
    plan: BacktestPlan,
    calendar: str,
    covariates: Mapping[str, pd.DataFrame] | None = None,
    *,
    since: DateLike | None = None,
    folds: int = 6,
) -> TuningData:
    """What was published before a day, its origins cut into folds of equal length.

    Everything that became known on `before` or later (new days, revisions, covariates) is removed
    here, so nothing computed from the result can use it. `observations` and `covariates` as in
    `backtest`. `plan` states how to forecast, one target; its start and end are ignored. `since` is
    the first day to forecast from; None: five years after the first price.

    Raises InputError where too little is left.
    """
    moment = to_utc(before, name="before")
    known = observations[observations["available_at"] < moment]
    given = {k: rows[rows["available_at"] < moment] for k, rows in (covariates or {}).items()}
    observed = pd.DatetimeIndex(known["observed_at"]).unique().sort_values()
    days = _origin_days(observed, plan, calendar, since)
    if len(days) < folds * _SHORTEST:
        raise InputError(
            f"of {len(observed)} prices known before {moment.date()}, {len(days)} are left to "
            f"forecast from: too few for {folds} folds of {_SHORTEST} sessions or more. "
            "Tune on fewer folds, from an earlier day (since), or load more of the past."
        )
    parts = [days[positions] for positions in np.array_split(np.arange(len(days)), folds)]
    plans = tuple(replace(plan, start=part[0], end=part[-1]) for part in parts)
    return TuningData(known, calendar, given, plans)


def _origin_days(
    observed: pd.DatetimeIndex, plan: BacktestPlan, calendar: str, since: DateLike | None
) -> pd.DatetimeIndex:
    """The sessions to forecast from: their longest horizon ends within the observed days."""
    if since is None and len(observed) > _BURN_IN:
        since = observed[_BURN_IN]
    if since is None or observed.empty:
        return observed[:0]
    ahead = plan.horizon if plan.targets == (Target.DAILY,) else plan.months * _MONTH
    return sessions_between(calendar, since, observed[-1])[:-ahead]
