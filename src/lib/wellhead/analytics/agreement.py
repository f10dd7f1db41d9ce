"""Compare two series of the same quantity: how far they agree, and whether one is shifted."""

from dataclasses import dataclass

import pandas as pd

_LAGS = range(-3, 4)
_ENOUGH_DAYS = 30
_RECENT = 60  # days checked separately: decades of good days hide a recent shift
_CLEARLY = 0.5  # a shift must halve the mean difference


@dataclass(frozen=True)
class Agreement:
    """The comparison of two series.

    `days`: number of days with a value in both. `beyond`: one row per day on which they differ by
    more than the tolerance: observed_at, left, right, difference; the largest first. `only_left`
    and `only_right`: days within the common span that only one has. `lag`: by how many common days
    the right series, or its newest 60 days, must be shifted for the best fit; 0 if none is needed.
    """

    days: int
    beyond: pd.DataFrame
    only_left: pd.DatetimeIndex
    only_right: pd.DatetimeIndex
    lag: int

    @property
    def share(self) -> float:
        """The share of the common days on which the two agree; NaN without common days."""
        return 1 - len(self.beyond) / self.days if self.days else float("nan")


def compare(left: pd.Series, right: pd.Series, tolerance: float) -> Agreement:
    """Compare two series in the same unit, each indexed by day."""
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
    """By how many days `right` must be shifted to fit `left`; both on the same days.

    Day-to-day changes are compared, so a constant difference, as between spot and future, does not
    matter. 0 unless another lag halves the mean difference, or if there are fewer than 30 days.
    """
    if len(left) < _ENOUGH_DAYS:
        return 0
    changes, others = left.diff(), right.diff()
    differences = {lag: (changes - others.shift(lag)).abs().mean() for lag in _LAGS}
    best = min(differences, key=lambda lag: (differences[lag], abs(lag)))
    return best if differences[best] < _CLEARLY * differences[0] else 0
