"""Metrics of forecasts: small pure functions of actual values and forecasts."""

import math

import numpy as np
from numpy.typing import NDArray

from wellhead.tables import QUANTILES

LARGEST = 5  # outcomes; a single storm can decide a mean of squares

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


def mspe_ratio(actual: Vector, forecast: Vector, benchmark: Vector) -> float:
    """Mean squared prediction error over the benchmark's; below 1 is better than it."""
    return _ratio(np.mean((actual - forecast) ** 2), np.mean((actual - benchmark) ** 2))


def mae_ratio(actual: Vector, forecast: Vector, benchmark: Vector) -> float:
    """Mean absolute error over the benchmark's; below 1 is better than it."""
    return _ratio(np.mean(np.abs(actual - forecast)), np.mean(np.abs(actual - benchmark)))


def largest_errors(actual: Vector, benchmark: Vector) -> NDArray[np.bool_]:
    """Which outcomes are the five that the benchmark missed most."""
    squared, found = (actual - benchmark) ** 2, np.zeros(len(actual), dtype=bool)
    found[np.argsort(squared)[-LARGEST:]] = True
    return found


def largest_share(actual: Vector, benchmark: Vector) -> float:
    """The share of the benchmark's squared error that its five largest errors make up."""
    squared = (actual - benchmark) ** 2
    return _ratio(squared[largest_errors(actual, benchmark)].sum(), squared.sum())


def mspe_ratio_without_largest(actual: Vector, forecast: Vector, benchmark: Vector) -> float:
    """The MSPE ratio without the five outcomes that the benchmark missed most."""
    usual = ~largest_errors(actual, benchmark)
    if not usual.any():
        return math.nan
    return mspe_ratio(actual[usual], forecast[usual], benchmark[usual])


def mspe_ratio_calm(
    actual: Vector, forecast: Vector, benchmark: Vector, lower: Vector, upper: Vector
) -> float:
    """The MSPE ratio of the calmer half: where the forecast's band is narrower than usual."""
    width = upper - lower
    calm = width <= np.median(width)
    return mspe_ratio(actual[calm], forecast[calm], benchmark[calm])


def mase(actual: Vector, forecast: Vector, one_step_mae: Vector) -> float:
    """Mean absolute scaled error (Hyndman & Koehler 2006, eq. 4).

    Each error is divided by the mean absolute one-session change up to its origin.
    """
    return float(np.mean(np.abs(actual - forecast) / one_step_mae))


def pinball(actual: Vector, quantiles: Matrix) -> Vector:
    """Mean quantile (pinball) loss of each of the seven quantiles, in the price's unit.

    With level τ, quantile q and outcome y: max(τ (y − q), (τ − 1) (y − q)) (Koenker & Bassett
    1978). `quantiles` is rows × 7.
    """
    levels, error = np.array(QUANTILES), actual[:, None] - quantiles
    return np.asarray(np.maximum(levels * error, (levels - 1) * error).mean(axis=0))


def crps(actual: Vector, quantiles: Matrix) -> float:
    """Continuous ranked probability score from seven quantiles, in the price's unit.

    CRPS = 2 ∫ pinball(τ) dτ over 0 to 1 (Gneiting & Ranjan 2011, eq. 3), as a sum in which each
    level represents the interval of τ nearest to it.
    """
    edges = np.concatenate([[0.0], np.add(QUANTILES[1:], QUANTILES[:-1]) / 2, [1.0]])
    return float(2 * np.diff(edges) @ pinball(actual, quantiles))


def coverage(actual: Vector, lower: Vector, upper: Vector) -> float:
    """Share of outcomes from `lower` to `upper`, both included."""
    return float(np.mean((lower <= actual) & (actual <= upper)))


def interval_score(actual: Vector, lower: Vector, upper: Vector, probability: float) -> float:
    """Winkler's score: width, plus 2/α times the distance of a miss; α = 1 − probability.

    Mean over outcomes, in the price's unit; lower is better (Gneiting & Raftery 2007, eq. 43).
    """
    missed = np.maximum(lower - actual, 0) + np.maximum(actual - upper, 0)
    return float(np.mean(upper - lower + 2 / (1 - probability) * missed))


def directional_accuracy(actual: Vector, forecast: Vector, last: Vector) -> float:
    """Share of changes whose sign was forecast correctly.

    Only changes count where both the price and the forecast moved; NaN for no-change.
    """
    forecast_sign, actual_sign = np.sign(forecast - last), np.sign(actual - last)
    moved = (forecast_sign != 0) & (actual_sign != 0)
    return float(np.mean(forecast_sign[moved] == actual_sign[moved])) if moved.any() else math.nan


def _ratio(error: np.floating, of_benchmark: np.floating) -> float:
    return float(error / of_benchmark) if of_benchmark > 0 else math.nan
