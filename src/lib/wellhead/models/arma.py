"""ARMA processes with regressors: choose the order, fit, forecast.

Orders are compared by conditional sums of squares, which take a millisecond each. The chosen one is
fitted by statsmodels' maximum likelihood, as Hyndman & Khandakar 2008 do for long series.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import least_squares
from scipy.signal import lfilter
from threadpoolctl import threadpool_limits

from wellhead.models.bands import Matrix, Vector

_LONG = 20  # lags of the autoregression whose residuals are the initial shocks
_LARGEST_ROOT = 0.95  # absolute value of a root: half of a shock is gone in 14 steps
_TOLERANCE = 1e-6  # of the sum of squares: AICc to the second decimal
_LARGEST_SHOCK = 1e10  # limit for a filter that explodes; no fit ends there
_SMALLEST_VARIANCE = float(np.finfo(float).tiny)  # of a series that is all zero


@dataclass(frozen=True)
class Arma:
    """Weights of the regressors, and of past values and shocks of the regression's residuals."""

    regression: Vector
    ar: Vector
    ma: Vector

    @property
    def weights(self) -> Vector:
        """All weights, in this order."""
        return np.concatenate([self.regression, self.ar, self.ma])

    def with_weights(self, weights: Vector) -> "Arma":
        """A process of the same order with other weights."""
        k, p = len(self.regression), len(self.ar)
        return Arma(*np.split(weights, [k, k + p]))

    @property
    def ar_polynomial(self) -> Vector:
        """The polynomial that turns values into shocks."""
        return np.concatenate([[1.0], -self.ar])

    @property
    def ma_polynomial(self) -> Vector:
        """The polynomial that turns shocks into values."""
        return np.concatenate([[1.0], self.ma])

    def shocks(self, series: Vector, regressors: Matrix) -> Vector:
        """One-step forecast errors; values before the first are taken as zero."""
        residuals = series - regressors @ self.regression
        shocks = lfilter(self.ar_polynomial, self.ma_polynomial, residuals)
        shocks = np.nan_to_num(shocks, nan=_LARGEST_SHOCK)
        limited: Vector = np.clip(shocks, -_LARGEST_SHOCK, _LARGEST_SHOCK)
        return limited

    def forecast(self, residuals: Vector, steps: int) -> Vector:
        """The forecast after the end of `residuals`, the series without its regression."""
        ar, ma = self.ar_polynomial, self.ma_polynomial
        shocks = lfilter(ar, ma, residuals)
        # An ARMA is a filter of shocks: continue without shocks from the state of the past.
        _, state = lfilter(ma, ar, shocks, zi=np.zeros(max(len(ar), len(ma)) - 1))
        future: Vector = lfilter(ma, ar, np.zeros(steps), zi=state)[0]
        return future


def best_arma(series: Vector, choices: Sequence[Matrix], max_order: int) -> tuple[int, Arma]:
    """The process with the lowest AICc over all orders to `max_order` and all sets of regressors.

    Each of `choices` has a row for every value of `series`, and possibly no column. Returns the
    position of the chosen set, and the process. Processes with a long memory are excluded, so the
    result is stationary and invertible by a margin.
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
    """Initial weights by regressions (Hannan & Rissanen 1982).

    The shocks are the residuals of a long autoregression. A moving average whose memory is too long
    starts at zero.
    """
    regression = _regression(regressors, series)
    residuals = series - regressors @ regression
    lagged = _lagged(residuals, _LONG)
    shocks = residuals - lagged @ _regression(lagged, residuals)
    starts = []
    for p, q in orders:
        weights = _regression(np.hstack([_lagged(residuals, p), _lagged(shocks, q)]), residuals)
        start = Arma(regression, weights[:p], weights[p:])
        short = _has_short_memory(start.ma_polynomial)
        starts.append(start if short else replace(start, ma=np.zeros(q)))
    return starts


def _by_squares(series: Vector, regressors: Matrix, start: Arma) -> tuple[float, Arma]:
    """AICc, and the process of least conditional squares; AICc is infinite for a long memory."""
    weights = start.weights
    if weights.size:
        weights = least_squares(
            lambda tried: start.with_weights(tried).shocks(series, regressors),
            weights,
            lambda tried: _slopes(start.with_weights(tried), series, regressors),
            method="lm",
            ftol=_TOLERANCE,
            xtol=_TOLERANCE,
        ).x
    arma = start.with_weights(weights)
    if not (_has_short_memory(arma.ar_polynomial) and _has_short_memory(arma.ma_polynomial)):
        return np.inf, arma
    n, k = len(series), len(weights) + 1
    variance = float(np.mean(arma.shocks(series, regressors) ** 2))
    return n * np.log(max(variance, _SMALLEST_VARIANCE)) + 2 * k * n / (n - k - 1), arma


def _slopes(arma: Arma, series: Vector, regressors: Matrix) -> Matrix:
    """Derivatives of the shocks by each weight."""
    residuals, shocks = series - regressors @ arma.regression, arma.shocks(series, regressors)
    ar, ma = arma.ar_polynomial, arma.ma_polynomial
    of_regression = [-lfilter(ar, ma, column) for column in regressors.T]
    of_ar, of_ma = (
        -_lagged(lfilter([1.0], ma, values), len(weights))
        for values, weights in ((residuals, arma.ar), (shocks, arma.ma))
    )
    return np.column_stack([*of_regression, of_ar, of_ma])


def _by_likelihood(series: Vector, regressors: Matrix, start: Arma) -> Arma:
    """The maximum-likelihood process of the same order, with `start` as initial weights."""
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
    return start.with_weights(np.asarray(fitted.params))


def _has_short_memory(polynomial: Vector) -> bool:
    """Whether a filter that divides by the polynomial soon forgets its initial state.

    A filter with a long memory does not suit a forecast from a limited past. On prices its roots
    mostly cancel those of the other polynomial, which gives cycles that do not persist.
    """
    return bool((np.abs(np.roots(polynomial)) < _LARGEST_ROOT).all())


def _regression(columns: Matrix, target: Vector) -> Vector:
    return np.asarray(np.linalg.lstsq(columns, target)[0])


def _lagged(values: Vector, lags: int) -> Matrix:
    """The values 1 to `lags` rows earlier, a column each; zero before the first."""
    earlier = np.zeros((len(values), lags))
    for lag in range(1, lags + 1):
        earlier[lag:, lag - 1] = values[:-lag]
    return earlier
