"""The heterogeneous autoregression of variances: a regression on a day, a week and a month."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wellhead.analytics.volatility.interface import History, Matrix, Vector
from wellhead.errors import NotEnoughHistoryError

_DAY, _WEEK, _MONTH = 1, 5, 22
_SHARE_OF_MONTH = 0.1
_FEWEST_ROWS = 50


@dataclass(frozen=True)
class Har:
    """The logarithm of the coming variance on those of a day, a week and a month (Corsi 2009).

    One least-squares regression a horizon; its exponential is scaled to the mean of what came
    (Duan 1983). A day may have no change, so a tenth of the month's mean is added to the day's and
    the week's. Before 2014 the regression of logarithms was better than that of levels on WTI and
    Brent at every horizon (`benchmarks/volatility.py`).
    """

    name: str = "har"
    needed: int = 500

    def fit(self, past: History, horizons: Sequence[int]) -> "FittedHar":
        """Regress on the days whose coming sessions lie in the past."""
        regressors, fits = _regressors(past.proxies), {}
        for horizon in horizons:
            coming = mean_of_next(past.changes**2, horizon)
            known = (coming > 0) & np.isfinite(regressors).all(axis=1)
            if known.sum() < _FEWEST_ROWS:
                raise NotEnoughHistoryError(
                    f"{self.name} needs {_FEWEST_ROWS} days on which the price changed within "
                    f"{horizon} sessions and has {known.sum()}: load more history."
                )
            fits[horizon] = _fit(regressors[known], coming[known])
        return FittedHar(fits)


@dataclass(frozen=True)
class _Regression:
    weights: Vector
    scale: float


@dataclass(frozen=True)
class FittedHar:
    """The regressions by horizon."""

    regressions: dict[int, _Regression]

    def variances(self, past: History, horizons: Sequence[int]) -> Matrix:
        """Of the days before the first month is over: NaN."""
        regressors = _regressors(past.proxies)
        fits = [self.regressions[horizon] for horizon in horizons]
        return np.column_stack([fit.scale * np.exp(regressors @ fit.weights) for fit in fits])


def mean_of_next(values: Vector, count: int) -> Vector:
    """The mean of the next `count` values after each; NaN where fewer follow."""
    return pd.Series(values).rolling(count).mean().shift(-count).to_numpy()


def _regressors(proxies: Vector) -> Matrix:
    series = pd.Series(proxies)
    day, week, month = (series.rolling(window).mean() for window in (_DAY, _WEEK, _MONTH))
    month = month.where(month > 0)
    floor = _SHARE_OF_MONTH * month
    columns = [np.log(each) for each in (day + floor, week + floor, month)]
    return np.column_stack([np.ones(len(series)), *columns])


def _fit(regressors: Matrix, coming: Vector) -> _Regression:
    weights = np.linalg.lstsq(regressors, np.log(coming), rcond=None)[0]
    return _Regression(
        np.asarray(weights, float), float(np.mean(coming / np.exp(regressors @ weights)))
    )
