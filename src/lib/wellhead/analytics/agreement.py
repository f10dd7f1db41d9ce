"""How far two series of the same thing agree, and whether one of them is shifted in time."""

from dataclasses import dataclass

import pandas as pd

_LAGS = range(-3, 4)
_ENOUGH_DAYS = 30
_RECENT = 60  # a shift that began lately drowns in decades of good days
_CLEARLY = 0.5  # a shift must halve the differences that are there without it


@dataclass(frozen=True)
class Agreement:
    """The comparison of two series.

    `days`: days that both have a value of. `beyond`: one row a day on which they differ by more
    than the tolerance: observed_at, left, right, difference; the largest first. `only_left` and
    `only_right`: days within the common span that one alone has. `lag`: by how many of the common
    days the right series, or its newest 60 days, must be moved to fit best; 0 where it fits as it
    is.
    """

    days: int
    beyond: pd.DataFrame
    only_left: pd.DatetimeIndex
    only_right: pd.DatetimeIndex
    lag: int

    @property
    def share(self) -> float:
        """The part of the common days on which the two agree; NaN if there is none."""
        return 1 - len(self.beyond) / self.days if self.days else float("nan")


def compare(left: pd.Series, right: pd.Series, tolerance: float) -> Agreement:
    """Compare two series of values in the same unit, each indexed by day."""
    first, last = max(left.index.min(), right.index.min()), min(left.index.max(), right.index.max())
    left, right = left.loc[first:last], right.loc[first:last]
    both = pd.DataFrame({"left": left, "right": right}).dropna().rename_axis("observed_at")
    both["difference"] = both["left"] - both["right"]
    beyond = both[both["difference"].abs() > tolerance]
    worst_first = beyond.reindex(beyond["difference"].abs().sort_values(ascending=False).index)
    return Agreement(
        days=len(both),
        beyond=worst_first.reset_index(),
        only_left=pd.DatetimeIndex(left.index.difference(right.index)),
        only_right=pd.DatetimeIndex(right.index.difference(left.index)),
        lag=best_lag(both["left"], both["right"])
        or best_lag(both["left"].tail(_RECENT), both["right"].tail(_RECENT)),
    )


def best_lag(left: pd.Series, right: pd.Series) -> int:
    """By how many days `right` must be moved to fit `left`; both on the same days.

    The day-to-day changes are compared, so that a steady difference between the two, as between
    spot and future, does not matter. 0 unless another lag clearly halves the mean difference, or
    if there are too few days to say.
    """
    if len(left) < _ENOUGH_DAYS:
        return 0
    changes, others = left.diff(), right.diff()
    apart = {lag: (changes - others.shift(lag)).abs().mean() for lag in _LAGS}
    best = min(apart, key=lambda lag: (apart[lag], abs(lag)))
    return best if apart[best] < _CLEARLY * apart[0] else 0
