"""The order an ARMA is given, and its weights, against statsmodels' own."""

import warnings
from itertools import product

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from statsmodels.tsa.arima.model import ARIMA
from statsmodels.tsa.arima_process import arma_generate_sample

from wellhead.models.arma import Arma, _slopes, best_arma

NONE = np.zeros((800, 0))
SERIES = {
    "noise": ([1.0], [1.0]),
    "weak": ([1.0, -0.1], [1.0]),
    "ar": ([1.0, -0.5, 0.3], [1.0]),
    "ma": ([1.0], [1.0, 0.6]),
    "both": ([1.0, -0.7], [1.0, 0.4]),
}


def sample(name: str, rows: int = 800, seed: int = 3) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal
    return arma_generate_sample(*SERIES[name], rows, distrvs=lambda size: noise(size), burnin=100)


def aicc(series: np.ndarray, arma: Arma, regressors: np.ndarray = NONE) -> float:
    """By the exact likelihood."""
    exogenous = regressors if regressors.shape[1] else None
    model = ARIMA(series, exogenous, order=(len(arma.ar), 0, len(arma.ma)), trend="n")
    variance = float(np.mean(arma.shocks(series, regressors) ** 2))
    return model.filter([*arma.weights, variance]).aicc


@pytest.mark.parametrize("name", SERIES)
def test_no_order_of_statsmodels_is_much_likelier(name: str) -> None:
    series = sample(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        orders = product(range(3), repeat=2)
        theirs = [ARIMA(series, order=(p, 0, q), trend="n").fit().aicc for p, q in orders]
    _, ours = best_arma(series, [NONE], 2)
    assert aicc(series, ours) < min(theirs) + 0.5


def test_the_weights_are_the_likeliest() -> None:
    series = sample("both", seed=4)
    _, ours = best_arma(series, [NONE], 1)
    theirs = ARIMA(series, order=(1, 0, 1), trend="n").fit().params[:2]
    np.testing.assert_allclose(ours.weights, theirs, atol=2e-3)


def test_a_regressor_comes_in_where_it_tells_something() -> None:
    """AICc lets chance in one time in six."""
    chance = np.random.default_rng(5).normal(size=(800, 9))
    series = sample("ar") + 0.5 * chance[:, 0]
    number, arma = best_arma(series, [NONE, chance[:, :1]], 2)
    assert number == 1
    assert arma.regression == pytest.approx([0.5], abs=0.1)
    assert sum(best_arma(series, [NONE, chance[:, [k]]], 1)[0] for k in range(1, 9)) <= 3


def test_what_is_chosen_soon_forgets() -> None:
    """Near the unit circle the roots of many a fit cancel, and a forecast swings for a year."""
    longest = 0.0
    for seed in range(12):
        _, arma = best_arma(sample("noise", 300, seed), [np.zeros((300, 0))], 2)
        roots = [*np.roots(arma.ar_polynomial), *np.roots(arma.ma_polynomial)]
        longest = max([longest, *np.abs(roots)])
    assert longest < 0.96


def test_the_search_follows_the_slopes_of_the_shocks() -> None:
    regressors = np.random.default_rng(6).normal(size=(60, 2))
    series, arma = sample("both", 60), Arma(np.array([0.2, -0.4]), np.array([0.5]), np.ones(1) / 3)
    by_weight = approx_fprime(
        arma.weights, lambda tried: arma.with_weights(tried).shocks(series, regressors), 1e-7
    )
    np.testing.assert_allclose(_slopes(arma, series, regressors), by_weight, atol=1e-5)


def test_a_series_of_zeros_needs_no_weights_and_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        number, arma = best_arma(np.zeros(800), [NONE, np.ones((800, 1))], 2)
    assert number == 0
    assert not arma.weights.size
