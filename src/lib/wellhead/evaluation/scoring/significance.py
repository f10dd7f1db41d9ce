"""Is one forecast better than another by more than noise? Sizes are checked by simulation
(`benchmarks/sizes.py`): 5 % means 3 to 7 %."""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]

MIN_NON_OVERLAPPING = 12  # with fewer stretches of overlapping origins the tests reject 8 to 11 %
_COSINES = 8
_INDEPENDENT = 16  # the same for Giacomini and White's


def diebold_mariano(loss: Vector, benchmark_loss: Vector, overlap: int) -> float:
    """One-sided p-value: small when `loss` is lower than `benchmark_loss` by more than noise.

    The arrays hold one loss an origin, in time order. `overlap` is the number of consecutive
    origins whose targets overlap (1: none); differences so near one another are correlated, and
    their `overlap` − 1 autocovariances enter the variance (Diebold & Mariano 1995, eq. 3). The
    statistic is corrected for small samples and compared with Student's t at n − 1 degrees
    (Harvey, Leybourne & Newbold 1997, eq. 9). Where that variance is not positive, the
    autocovariances are weighted by Bartlett's kernel (Newey & West 1987).

    NaN where it is not defined: equal losses, or fewer than twelve times `overlap` origins that
    overlap.
    """
    return _chance_of_less(np.asarray(loss - benchmark_loss, dtype=float), overlap)


def giacomini_white(loss: Vector, benchmark_loss: Vector, overlap: int) -> float:
    """Two-sided p-value: small when one forecast is better always, or at foreseeable times.

    Giacomini & White 2006: given what was known, the expected difference of losses is zero. The
    instruments are a constant and the newest difference known at the origin, `overlap` origins
    before. Their joint Wald statistic rejects 8 to 20 % of true hypotheses where forecasts
    overlap; so each moment is tested by itself, its variance from the first eight cosines (Lazarus,
    Lewis, Stock & Watson 2018: F with 1 and 8 degrees of freedom), and the smaller p-value is
    doubled (Bonferroni).

    NaN where it is not defined: equal losses, or fewer than sixteen times `overlap` origins.
    """
    difference = np.asarray(loss - benchmark_loss, dtype=float)
    if len(difference) < _INDEPENDENT * overlap or not np.any(difference):
        return math.nan
    now, before = difference[overlap:], difference[:-overlap]
    return min(1.0, 2 * min(_mean_is_zero(now), _mean_is_zero(now * before)))


def pesaran_timmermann(said_up: Flags, went_up: Flags, overlap: int) -> float:
    """One-sided p-value: small when a forecast foresees directions by more than chance.

    Pesaran & Timmermann 1992, as a test that what was said and what happened (true for up, one
    row an origin) are correlated: a forecast that always says 'up' foresees nothing,
    however often it is right. The variance allows for overlapping targets and small samples as
    `diebold_mariano` does.

    NaN where it is not defined: always the same said, or always the same come.
    """
    said, went = said_up.astype(float), went_up.astype(float)
    return _chance_of_less(-(said - said.mean()) * (went - went.mean()), overlap)


def overlapping_origins(forecasts: pd.DataFrame) -> int:
    """How many consecutive origins are open at once: at least 1.

    `forecasts` has one row an origin, in time order, with `last_observed_at` and `target_at`: an
    origin is open until a later one has seen the day it is about.
    """
    seen = forecasts["last_observed_at"].to_numpy()
    closed_by = np.searchsorted(seen, forecasts["target_at"].to_numpy())
    return max(1, int((closed_by - np.arange(len(seen))).max()))


def holm(p_values: dict[str, float]) -> dict[str, float]:
    """p-values corrected for their number (Holm 1979): step down from the smallest.

    An undefined p-value counts as 1.
    """
    ordered = sorted((1.0 if math.isnan(p) else p, name) for name, p in p_values.items())
    corrected, floor = {}, 0.0
    for rank, (p, name) in enumerate(ordered):
        floor = max(floor, min(1.0, p * (len(ordered) - rank)))
        corrected[name] = floor
    return corrected


def _chance_of_less(series: Vector, overlap: int) -> float:
    """One-sided p-value that the mean is below zero, corrected for overlap and small samples."""
    n, k = len(series), overlap
    if n < (MIN_NON_OVERLAPPING * k if k > 1 else 2) or not np.any(series):
        return math.nan
    variance = _variance_of_mean(series, k)
    if variance <= 0:
        return math.nan
    correction = math.sqrt((n + 1 - 2 * k + k * (k - 1) / n) / n)
    return float(stats.t.cdf(correction * series.mean() / math.sqrt(variance), n - 1))


def _mean_is_zero(series: Vector) -> float:
    """Two-sided p-value."""
    variance = float((mean_noise(series, _COSINES) ** 2).mean())
    if variance <= 0:
        return math.nan
    return float(stats.f.sf(series.mean() ** 2 / variance, 1, _COSINES))


def mean_noise(series: Matrix, cosines: int) -> Matrix:
    """Draws of the noise in a mean, one a cosine: projections of the rows on slow cosines.

    They have the variance of the mean and are almost independent, as long as the series is
    correlated over much less than its length (Lazarus, Lewis, Stock & Watson 2018).
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
