"""ARMA processes with regressors: which one fits a series, and how the series goes on.

Orders are compared by conditional sums of squares, which cost a millisecond each, and the one
chosen is fitted by statsmodels' maximum likelihood, as Hyndman & Khandakar 2008 do on long series.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import least_squares
from scipy.signal import lfilter
from threadpoolctl import threadpool_limits

from wellhead.models.bands import Matrix, Vector

_LONG = 20  # lags of the autoregression whose residuals stand for the shocks at first
_NEAREST = 0.95  # to the unit circle that a root may come: half of a shock is gone in 14 steps
_CLOSE = 1e-6  # of the sum of squares: AICc to the second decimal
_FAR = 1e10  # what a filter that explodes is cut to: no fit ends there
_LEAST = float(np.finfo(float).tiny)  # variance of a series that is all zero


@dataclass(frozen=True)
class Arma:
    """Weights of the regressors, and of past values and past shocks of what these leave."""

    regression: Vector
    ar: Vector
    ma: Vector

    @property
    def weights(self) -> Vector:
        """All of them, in this order."""
        return np.concatenate([self.regression, self.ar, self.ma])

    def having(self, weights: Vector) -> "Arma":
        """A process of the same order with other weights."""
        k, p = len(self.regression), len(self.ar)
        return Arma(*np.split(weights, [k, k + p]))

    @property
    def past(self) -> Vector:
        """The polynomial through which values become shocks."""
        return np.concatenate([[1.0], -self.ar])

    @property
    def future(self) -> Vector:
        """The polynomial through which shocks become values."""
        return np.concatenate([[1.0], self.ma])

    def shocks(self, series: Vector, regressors: Matrix) -> Vector:
        """What each value adds to what was expected of it; nothing came before the first."""
        left = series - regressors @ self.regression
        shocks = np.nan_to_num(lfilter(self.past, self.future, left), nan=_FAR)
        cut: Vector = np.clip(shocks, -_FAR, _FAR)
        return cut

    def continued(self, left: Vector, steps: int) -> Vector:
        """The forecast from where `left`, the series without its regression, ends."""
        shocks = lfilter(self.past, self.future, left)
        # Run on without shocks, from the state the past has left: the ARMA as a filter of shocks.
        start = np.zeros(max(len(self.past), len(self.future)) - 1)
        _, state = lfilter(self.future, self.past, shocks, zi=start)
        coming: Vector = lfilter(self.future, self.past, np.zeros(steps), zi=state)[0]
        return coming


def best_arma(series: Vector, choices: Sequence[Matrix], max_order: int) -> tuple[int, Arma]:
    """Of all orders to `max_order` and all sets of regressors, the process of least AICc.

    Each of `choices` has a row for every value of `series`, and perhaps no column. Returns which of
    them it was, and the process. None competes whose memory is long: stationary and invertible all
    are, by a margin.
    """
    orders = [(p, q) for p in range(max_order + 1) for q in range(max_order + 1)]
    with threadpool_limits(1, user_api="blas"):  # threads slow tiny matrices down five times
        fits = [
            (*_by_squares(series, regressors, start), number)
            for number, regressors in enumerate(choices)
            for start in _starts(series, regressors, orders)
        ]
        _, arma, number = min(fits, key=lambda fit: fit[0])
        return number, _by_likelihood(series, choices[number], arma)


def _starts(series: Vector, regressors: Matrix, orders: Sequence[tuple[int, int]]) -> list[Arma]:
    """By regressions alone (Hannan & Rissanen 1982): shocks are what a long autoregression leaves.

    No moving average where that one's memory is too long.
    """
    regression = _regression(regressors, series)
    left = series - regressors @ regression
    lagged = _lagged(left, _LONG)
    shocks = left - lagged @ _regression(lagged, left)
    starts = []
    for p, q in orders:
        weights = _regression(np.hstack([_lagged(left, p), _lagged(shocks, q)]), left)
        start = Arma(regression, weights[:p], weights[p:])
        starts.append(start if _fades(start.future) else replace(start, ma=np.zeros(q)))
    return starts


def _by_squares(series: Vector, regressors: Matrix, start: Arma) -> tuple[float, Arma]:
    """AICc, and the process of least conditional squares; infinite for one that cannot compete."""
    weights = start.weights
    if weights.size:
        weights = least_squares(
            lambda tried: start.having(tried).shocks(series, regressors),
            weights,
            lambda tried: _slopes(start.having(tried), series, regressors),
            method="lm",
            ftol=_CLOSE,
            xtol=_CLOSE,
        ).x
    arma = start.having(weights)
    if not (_fades(arma.past) and _fades(arma.future)):
        return np.inf, arma
    n, k = len(series), len(weights) + 1
    variance = float(np.mean(arma.shocks(series, regressors) ** 2))
    return n * np.log(max(variance, _LEAST)) + 2 * k * n / (n - k - 1), arma


def _slopes(arma: Arma, series: Vector, regressors: Matrix) -> Matrix:
    """How the shocks answer to each weight."""
    left, shocks = series - regressors @ arma.regression, arma.shocks(series, regressors)
    of_regression = [-lfilter(arma.past, arma.future, column) for column in regressors.T]
    of_ar, of_ma = (
        -_lagged(lfilter([1.0], arma.future, values), len(weights))
        for values, weights in ((left, arma.ar), (shocks, arma.ma))
    )
    return np.column_stack([*of_regression, of_ar, of_ma])


def _by_likelihood(series: Vector, regressors: Matrix, start: Arma) -> Arma:
    """The most likely process of the same order, sought from `start`."""
    if not start.weights.size:
        return start
    from statsmodels.tsa.arima.model import ARIMA

    process = ARIMA(
        series,
        regressors if regressors.size else None,
        order=(len(start.ar), 0, len(start.ma)),
        trend="n",
        concentrate_scale=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an optimum on the edge is as good as it gets
        fitted = process.fit(start_params=start.weights, cov_type="none", low_memory=True)
    return start.having(np.asarray(fitted.params))


def _fades(polynomial: Vector) -> bool:
    """Whether a filter that divides by it soon forgets its start.

    One that hardly does is no use to a forecast from a limited past, and on prices its roots mostly
    cancel those of the other polynomial: a cycle that was not there the year after.
    """
    return bool((np.abs(np.roots(polynomial)) < _NEAREST).all())


def _regression(columns: Matrix, target: Vector) -> Vector:
    return np.asarray(np.linalg.lstsq(columns, target)[0])


def _lagged(values: Vector, lags: int) -> Matrix:
    """The values one row earlier, two rows, and so on: a column each, zero before the first."""
    earlier = np.zeros((len(values), lags))
    for lag in range(1, lags + 1):
        earlier[lag:, lag - 1] = values[:-lag]
    return earlier
