"""Is one forecast better than another by more than noise?"""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Vector = NDArray[np.float64]


def diebold_mariano(loss: Vector, benchmark_loss: Vector, overlap: int) -> float:
    """One-sided p-value: small when `loss` is lower than `benchmark_loss` by more than noise.

    The arrays hold one loss an origin, in time order. `overlap` is the number of consecutive
    origins whose targets overlap (1: none); differences so near one another are correlated, and
    their `overlap` − 1 autocovariances enter the variance (Diebold & Mariano 1995, eq. 3). The
    statistic is corrected for small samples and compared with Student's t at n − 1 degrees
    (Harvey, Leybourne & Newbold 1997, eq. 9). Where that variance is not positive, the
    autocovariances are weighted by Bartlett's kernel (Newey & West 1987).

    NaN where it is not defined: equal losses, or fewer than two times `overlap` origins.
    """
    difference = np.asarray(loss - benchmark_loss, dtype=float)
    n, k = len(difference), overlap
    if n < 2 * k or n < 2 or not np.any(difference):
        return math.nan
    variance = _variance_of_mean(difference, k)
    if variance <= 0:
        return math.nan
    correction = math.sqrt((n + 1 - 2 * k + k * (k - 1) / n) / n)
    return float(stats.t.cdf(correction * difference.mean() / math.sqrt(variance), n - 1))


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


def _variance_of_mean(series: Vector, overlap: int) -> float:
    centred = series - series.mean()
    n = len(centred)
    covariances = np.array([centred[lag:] @ centred[: n - lag] / n for lag in range(overlap)])
    plain = covariances[0] + 2 * covariances[1:].sum()
    if plain > 0:
        return float(plain / n)
    weights = 1 - np.arange(1, overlap) / overlap
    return float((covariances[0] + 2 * weights @ covariances[1:]) / n)
