"""Tests whether one forecast is better than another by more than noise.

Their sizes are checked by simulation (`benchmarks/sizes.py`): a 5 % test rejects 3 to 7 %.
"""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]

MIN_NON_OVERLAPPING = 12  # with fewer non-overlapping origins the tests reject 8 to 11 %
_COSINES = 8
_MIN_FOR_GIACOMINI_WHITE = 16  # non-overlapping origins


def diebold_mariano(loss: Vector, benchmark_loss: Vector, overlap: int) -> float:
    """One-sided p-value: small when `loss` is lower than `benchmark_loss` by more than noise.

    The arrays hold one loss per origin, in time order. `overlap` is the number of consecutive
    origins whose targets overlap (1: none); differences that close are correlated, and their
    `overlap` − 1 autocovariances enter the variance (Diebold & Mariano 1995, eq. 3). The
    statistic is corrected for small samples and compared with Student's t at n − 1 degrees
    (Harvey, Leybourne & Newbold 1997, eq. 9). Where that variance is not positive, the
    autocovariances are weighted by Bartlett's kernel (Newey & West 1987).

    NaN where it is not defined: equal losses, or fewer than twelve times `overlap` origins that
    overlap.
    """
    return _p_mean_below_zero(np.asarray(loss - benchmark_loss, dtype=float), overlap)


def giacomini_white(loss: Vector, benchmark_loss: Vector, overlap: int) -> float:
    """Two-sided p-value: small when one forecast is better always, or at predictable times.

    Giacomini & White 2006: the hypothesis is that the expected difference of losses, given what was
    known, is zero. The instruments are a constant and the newest difference known at the origin,
    `overlap` origins before. Their joint Wald statistic rejects 8 to 20 % of true hypotheses where
    forecasts overlap. So each moment is tested on its own, with a variance from the first eight
    cosines (Lazarus, Lewis, Stock & Watson 2018: F with 1 and 8 degrees of freedom), and the
    smaller p-value is doubled (Bonferroni).

    NaN where it is not defined: equal losses, or fewer than sixteen times `overlap` origins.
    """
    difference = np.asarray(loss - benchmark_loss, dtype=float)
    if len(difference) < _MIN_FOR_GIACOMINI_WHITE * overlap or not np.any(difference):
        return math.nan
    now, before = difference[overlap:], difference[:-overlap]
    return min(1.0, 2 * min(_p_mean_is_zero(now), _p_mean_is_zero(now * before)))


def pesaran_timmermann(forecast_up: Flags, actual_up: Flags, overlap: int) -> float:
    """One-sided p-value: small when a forecast predicts directions better than chance.

    Pesaran & Timmermann 1992, as a test that forecast and actual direction (true for up, one entry
    per origin) are correlated: a forecast that is always 'up' has no skill, however often it is
    right. The variance allows for overlapping targets and small samples as in `diebold_mariano`.

    NaN where it is not defined: all forecasts, or all actual changes, in the same direction.
    """
    forecast, actual = forecast_up.astype(float), actual_up.astype(float)
    return _p_mean_below_zero(-(forecast - forecast.mean()) * (actual - actual.mean()), overlap)


def overlapping_origins(forecasts: pd.DataFrame) -> int:
    """How many consecutive origins are open at once: at least 1.

    `forecasts` has one row per origin, in time order, with `last_observed_at` and `target_at`. An
    origin is open until the last observation of a later one reaches its target.
    """
    last_day = forecasts["last_observed_at"].to_numpy()
    closed_by = np.searchsorted(last_day, forecasts["target_at"].to_numpy())
    return max(1, int((closed_by - np.arange(len(last_day))).max()))


def holm(p_values: dict[str, float]) -> dict[str, float]:
    """p-values corrected for multiple testing (Holm 1979): step down from the smallest.

    An undefined p-value counts as 1.
    """
    ordered = sorted((1.0 if math.isnan(p) else p, name) for name, p in p_values.items())
    corrected, floor = {}, 0.0
    for rank, (p, name) in enumerate(ordered):
        floor = max(floor, min(1.0, p * (len(ordered) - rank)))
        corrected[name] = floor
    return corrected


def _p_mean_below_zero(series: Vector, overlap: int) -> float:
    """One-sided p-value that the mean is below zero, corrected for overlap and small samples."""
    n, k = len(series), overlap
    if n < (MIN_NON_OVERLAPPING * k if k > 1 else 2) or not np.any(series):
        return math.nan
    variance = _variance_of_mean(series, k)
    if variance <= 0:
        return math.nan
    correction = math.sqrt((n + 1 - 2 * k + k * (k - 1) / n) / n)
    return float(stats.t.cdf(correction * series.mean() / math.sqrt(variance), n - 1))


def _p_mean_is_zero(series: Vector) -> float:
    """Two-sided p-value of the hypothesis that the mean is zero."""
    variance = float((mean_noise(series, _COSINES) ** 2).mean())
    if variance <= 0:
        return math.nan
    return float(stats.f.sf(series.mean() ** 2 / variance, 1, _COSINES))


def mean_noise(series: Matrix, cosines: int) -> Matrix:
    """Draws of the noise in a mean, one per cosine: projections of the rows on slow cosines.

    They have the variance of the mean and are almost independent, as long as the correlation in the
    series is much shorter than the series (Lazarus, Lewis, Stock & Watson 2018).
    """
    n = len(series)
    angles = np.pi * np.outer(np.arange(1, cosines + 1), np.arange(n) + 0.5) / n
    return np.asarray(math.sqrt(2) * np.cos(angles) @ series / n)


def _variance_of_mean(series: Vector, overlap: int) -> float:
    centred = series - series.mean()
    n = len(centred)
    covariances = np.array([centred[lag:] @ centred[: n - lag] / n for lag in range(overlap)])
    plain = covariances[0] + 2 * covariances[1:].sum()
    if plain > 0:
        return float(plain / n)
    weights = 1 - np.arange(1, overlap) / overlap
    return float((covariances[0] + 2 * weights @ covariances[1:]) / n)
