"""When a correlation changed: the fluctuation test of Wied, Krämer & Dehling (2012), by parts."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Vector = NDArray[np.float64]

SIZE = 0.05
_SHORTEST = 126  # days of a part: half a year


@dataclass(frozen=True)
class Break:
    """A correlation was `before` in the part that ends before `day`, and `after` from it on.

    `p_value`: of a correlation that never changed within both parts.
    """

    day: pd.Timestamp
    before: float
    after: float
    p_value: float


def breaks(left: pd.Series, right: pd.Series, size: float = SIZE) -> list[Break]:
    """The days on which the correlation changed, in time order; none if it may be constant.

    `size`: the chance of a finding where it never changed; less where many pairs are looked at.

    The whole is tested, cut where the fluctuation is largest, and each part is tested again as long
    as it has a year; its size is halved with each cut. At the end each day is looked for again
    between its neighbours, and stays only if a test there finds it (Bai 1997).
    """
    both = pd.DataFrame({"left": left, "right": right}).dropna()
    values, days = both.to_numpy(float), pd.DatetimeIndex(both.index)
    cuts = _confirmed(values, sorted(place for place, _ in _cuts(values, 0, size)), size)
    edges = [0, *(place for place, _ in cuts), len(values)]
    parts = [_correlation(values[a:b]) for a, b in pairwise(edges)]
    return [
        Break(days[place], parts[number], parts[number + 1], p_value)
        for number, (place, p_value) in enumerate(cuts)
    ]


def constancy(values: NDArray[np.float64]) -> tuple[float, int]:
    """p-value of a constant correlation of two columns, and the row where it most likely changed.

    The statistic is the largest √-weighted distance of the correlation of the first rows from that
    of all, divided by its standard error; its law is that of the largest absolute value of a
    Brownian bridge.
    """
    count = len(values)
    scaled = _scaled(values)
    whole = float(scaled.prod(axis=1).mean())
    influence = scaled.prod(axis=1) - whole * (scaled**2).sum(axis=1) / 2
    path = np.cumsum(influence - influence.mean())[_SHORTEST - 1 : count - _SHORTEST]
    place = int(np.abs(path).argmax())
    statistic = float(np.abs(path[place])) / (_long_run(influence) * np.sqrt(count))
    return float(stats.kstwobign.sf(statistic)), place + _SHORTEST


def _cuts(values: NDArray[np.float64], offset: int, size: float) -> list[tuple[int, float]]:
    if len(values) < 2 * _SHORTEST + 1 or not values.std(axis=0).all():
        return []
    p_value, place = constancy(values)
    if p_value >= size:
        return []
    halves = [(values[:place], offset), (values[place:], offset + place)]
    further = [cut for part, begin in halves for cut in _cuts(part, begin, size / 2)]
    return [(offset + place, p_value), *further]


def _confirmed(
    values: NDArray[np.float64], places: list[int], size: float
) -> list[tuple[int, float]]:
    kept = list(places)
    confirmed: list[tuple[int, float]] = []
    for place in places:
        number = kept.index(place)
        begin = kept[number - 1] if number else 0
        end = kept[number + 1] if number + 1 < len(kept) else len(values)
        p_value, found = constancy(values[begin:end])
        if p_value < size:
            kept[number] = begin + found
            confirmed.append((begin + found, p_value))
        else:
            del kept[number]
    return confirmed


def _long_run(influence: Vector) -> float:
    """The long-run standard deviation (Newey & West 1987), over a month's lags."""
    centred, count = influence - influence.mean(), len(influence)
    lags = min(21, count // 4)
    variance = centred @ centred / count
    for lag in range(1, lags + 1):
        variance += 2 * (1 - lag / (lags + 1)) * (centred[lag:] @ centred[:-lag]) / count
    return float(np.sqrt(max(variance, centred @ centred / count / 10)))


def _correlation(values: NDArray[np.float64]) -> float:
    return float(_scaled(values).prod(axis=1).mean()) if values.std(axis=0).all() else float("nan")


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((values - values.mean(axis=0)) / values.std(axis=0))
