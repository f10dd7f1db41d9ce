"""The origins of a backtest: when it forecasts, and when it refits the model."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.calendars import DateLike, sessions_between, to_utc
from wellhead.catalogue.targets import Target, find_target
from wellhead.errors import InputError, NoDataError
from wellhead.evaluation.backtesting.actuals import month_start

_COUNTS = ("step", "refit", "horizon", "months")


@dataclass(frozen=True)
class BacktestPlan:
    """When to forecast, and how far ahead; counts are in sessions unless stated otherwise.

    `start` and `end` are days; `end` None is the newest observation. `targets`: 'daily' has an
    origin every `step`, for the backtested horizons up to `horizon`; 'monthly' has an origin at the
    last release of each month (or every `monthly_step`, or at the newest release at each moment of
    `monthly_at`), for horizons 0, the running month, to `months`.

    A model is refitted every `refit`, on the last `window` (None: all there is) up to `embargo`
    before that moment. In between it forecasts from newer prices without refitting.
    """

    start: DateLike
    end: DateLike | None = None
    step: int = 1
    refit: int = 250
    horizon: int = 63
    months: int = 12
    monthly_step: int | None = None
    monthly_at: tuple[DateLike, ...] | None = None
    window: int | None = None
    embargo: int = 0
    targets: tuple[Target, ...] = (Target.DAILY,)

    def __post_init__(self) -> None:
        """Raises InputError, or BadDateError for a value that is not a day."""
        given: object = self.targets
        if isinstance(given, str):  # env.yaml may hold one, whose letters would be the targets
            raise InputError(f"targets is {given!r}: give a list, as [daily].")
        targets = dict.fromkeys(find_target(name) for name in self.targets)
        object.__setattr__(self, "targets", tuple(targets))
        optional = [name for name in ("monthly_step", "window") if getattr(self, name) is not None]
        for name in (*_COUNTS, *optional):
            _require_count(name, getattr(self, name), 1)
        _require_count("embargo", self.embargo, 0)
        if not self.targets:
            raise InputError(f"targets is empty: choose from {', '.join(Target)}.")
        start = to_utc(self.start, name="start")
        for moment in self.monthly_at or ():
            to_utc(moment, name="monthly_at")
        if self.end is not None and to_utc(self.end, name="end") < start:
            raise InputError(f"end {self.end} is before start {self.start}: swap them.")

    def horizons(self, target: Target) -> tuple[int, ...]:
        """The horizons of a target: its backtested ones up to the plan's longest, which is added.

        Months are all backtested.
        """
        if target == Target.MONTHLY:
            return tuple(range(self.months + 1))
        return (*(h for h in target.backtested if h < self.horizon), self.horizon)


@dataclass(frozen=True)
class RefitBlock:
    """The origins between two fits.

    `fit_at`: the model is fitted on what was known at this moment, at or before the first origin.
    `origins`: moments of release, ascending, each with the targets to forecast from it.
    """

    fit_at: pd.Timestamp
    origins: tuple[tuple[pd.Timestamp, tuple[Target, ...]], ...]


def refit_blocks(observations: pd.DataFrame, plan: BacktestPlan, calendar: str) -> list[RefitBlock]:
    """The origins of a plan, split where the model is refitted.

    Fits lie on a grid of sessions from `start`, whichever targets and steps are chosen, so a
    forecast does not depend on what else is forecast. A daily origin is the first release at or
    after every `step`-th session, a monthly origin the last release of its month.

    Raises NoDataError when there is no origin.
    """
    releases = pd.DatetimeIndex(np.sort(observations["available_at"].unique()))
    if releases.empty:
        raise NoDataError("there are no observations to backtest on: ingest some first.")
    days = sessions_between(calendar, plan.start, releases[-1] if plan.end is None else plan.end)
    targets_at: dict[pd.Timestamp, tuple[Target, ...]] = {}
    for target in plan.targets:
        for moment in _origins(target, releases, days, plan):
            targets_at[moment] = (*targets_at.get(moment, ()), target)
    if not targets_at:
        raise NoDataError(
            f"no price was released from {plan.start} on: start the backtest earlier."
        )
    return list(_split(sorted(targets_at.items()), releases, days, plan.refit))


def _origins(
    target: Target, releases: pd.DatetimeIndex, days: pd.DatetimeIndex, plan: BacktestPlan
) -> pd.DatetimeIndex:
    if target == Target.MONTHLY and plan.monthly_at is not None:
        return _newest_at(plan.monthly_at, releases, days)
    step = plan.step if target == Target.DAILY else plan.monthly_step
    if step is None:
        return _ends_of_months(releases, days)
    positions = releases.searchsorted(days[::step])
    return releases[np.unique(positions[positions < len(releases)])]


def _newest_at(
    moments: tuple[DateLike, ...], releases: pd.DatetimeIndex, days: pd.DatetimeIndex
) -> pd.DatetimeIndex:
    """The newest release at each moment, from the first day to the last."""
    wanted = pd.DatetimeIndex([to_utc(moment) for moment in moments])
    positions = releases.searchsorted(wanted, side="right") - 1
    origins = releases[np.unique(positions[positions >= 0])]
    return origins[_within(origins, days)]


def _ends_of_months(releases: pd.DatetimeIndex, days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """The last release of every complete month, from the first day to the last."""
    if days.empty:
        return releases[:0]
    last = releases[~month_start(releases).duplicated(keep="last")]
    complete = (last < releases[-1]) | (last >= last.normalize() + pd.offsets.BMonthEnd(0))
    return pd.DatetimeIndex(last[complete & _within(last, days)])


def _within(moments: pd.DatetimeIndex, days: pd.DatetimeIndex) -> NDArray[np.bool_]:
    """Which moments lie within the plan's days."""
    return np.asarray((moments >= days[0]) & (moments < days[-1] + pd.Timedelta(days=1)))


def _split(
    origins: list[tuple[pd.Timestamp, tuple[Target, ...]]],
    releases: pd.DatetimeIndex,
    days: pd.DatetimeIndex,
    refit: int,
) -> Iterator[RefitBlock]:
    moments = pd.DatetimeIndex([moment for moment, _ in origins])
    number = (days.searchsorted(moments, side="right") - 1) // refit
    for block in np.unique(number):
        fit_at = releases[releases.searchsorted(days[block * refit])]
        chosen = np.flatnonzero(number == block)
        yield RefitBlock(fit_at, tuple(origins[i] for i in chosen))


def _require_count(name: str, value: object, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise InputError(f"{name} is {value!r}: give {least} or more.")
