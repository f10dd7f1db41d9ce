"""When a backtest forecasts, and what it is fitted on by then."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.calendars import DateLike, sessions_between, to_utc
from wellhead.catalogue.targets import Target, find_target
from wellhead.errors import InputError, NoDataError
from wellhead.evaluation.backtesting.targets import month_start

_COUNTS = ("step", "refit", "horizon", "months")


@dataclass(frozen=True)
class BacktestPlan:
    """When to forecast, and how far; counts are in sessions unless they say otherwise.

    `start` and `end` are days; `end` None is the newest observation. `targets` are 'daily', an
    origin every `step` for 1 to `horizon`, and 'monthly', an origin at the last release of each
    month (or every `monthly_step`, or the newest release at each of the moments `monthly_at`) for
    the running month, 0, to `months` ahead.

    A model is fitted anew every `refit`, on the last `window` (None: all there is) up to
    `embargo` before that moment; in between it forecasts from what has come without fitting.
    """

    start: DateLike
    end: DateLike | None = None
    step: int = 5
    refit: int = 250
    horizon: int = 63
    months: int = 12
    monthly_step: int | None = None
    monthly_at: tuple[DateLike, ...] | None = None
    window: int | None = None
    embargo: int = 0
    targets: tuple[Target, ...] = (Target.DAILY,)

    def __post_init__(self) -> None:
        """Raises InputError, or BadDateError for what is not a day."""
        object.__setattr__(self, "targets", tuple(find_target(name) for name in self.targets))
        optional = [name for name in ("monthly_step", "window") if getattr(self, name) is not None]
        for name in (*_COUNTS, *optional):
            _require_count(name, getattr(self, name), 1)
        _require_count("embargo", self.embargo, 0)
        if not self.targets:
            raise InputError(f"targets is empty: choose of {', '.join(Target)}.")
        start = to_utc(self.start, name="start")
        for moment in self.monthly_at or ():
            to_utc(moment, name="monthly_at")
        if self.end is not None and to_utc(self.end, name="end") < start:
            raise InputError(f"end is {self.end}, before start {self.start}: turn them round.")


@dataclass(frozen=True)
class RefitBlock:
    """The origins between two fits: what one unit of work forecasts.

    `fit_at` is the moment whose knowledge the model is fitted on, at or before the first origin.
    `origins` are moments of release, ascending, each with the targets forecast from it.
    """

    fit_at: pd.Timestamp
    origins: tuple[tuple[pd.Timestamp, tuple[Target, ...]], ...]


def refit_blocks(observations: pd.DataFrame, plan: BacktestPlan, calendar: str) -> list[RefitBlock]:
    """The plan's origins, split where the model is fitted anew.

    Fits stand on a grid of sessions from `start`, whichever targets and steps are asked for, so
    that a forecast does not depend on what else is forecast. An origin of days is the first
    release at or after every `step`-th session; one of months the last release of its month.

    Raises NoDataError when there is none.
    """
    releases = pd.DatetimeIndex(np.sort(observations["available_at"].unique()))
    if releases.empty:
        raise NoDataError("there are no observations to backtest on: ingest some first.")
    days = sessions_between(calendar, plan.start, releases[-1] if plan.end is None else plan.end)
    wanted: dict[pd.Timestamp, tuple[Target, ...]] = {}
    for target in plan.targets:
        for moment in _origins(target, releases, days, plan):
            wanted[moment] = (*wanted.get(moment, ()), target)
    if not wanted:
        raise NoDataError(
            f"no price was released from {plan.start} on: start the backtest earlier."
        )
    return list(_split(sorted(wanted.items()), releases, days, plan.refit))


def _origins(
    target: Target, releases: pd.DatetimeIndex, days: pd.DatetimeIndex, plan: BacktestPlan
) -> pd.DatetimeIndex:
    if target == Target.MONTHLY and plan.monthly_at is not None:
        return _newest_at(plan.monthly_at, releases, days)
    step = plan.step if target == Target.DAILY else plan.monthly_step
    if step is None:
        return _ends_of_months(releases, days)
    found = releases.searchsorted(days[::step])
    return releases[np.unique(found[found < len(releases)])]


def _newest_at(
    moments: tuple[DateLike, ...], releases: pd.DatetimeIndex, days: pd.DatetimeIndex
) -> pd.DatetimeIndex:
    """The newest release at each moment, from the first day to the last."""
    wanted = pd.DatetimeIndex([to_utc(moment) for moment in moments])
    found = releases.searchsorted(wanted, side="right") - 1
    origins = releases[np.unique(found[found >= 0])]
    return origins[_asked(origins, days)]


def _ends_of_months(releases: pd.DatetimeIndex, days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """The last release of every month that is over, from the first day to the last."""
    if days.empty:
        return releases[:0]
    last = releases[~month_start(releases).duplicated(keep="last")]
    over = (last < releases[-1]) | (last >= last.normalize() + pd.offsets.BMonthEnd(0))
    return pd.DatetimeIndex(last[over & _asked(last, days)])


def _asked(moments: pd.DatetimeIndex, days: pd.DatetimeIndex) -> NDArray[np.bool_]:
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
