"""How the quantiles of one model and horizon are corrected, learned outcome by outcome.

The arithmetic behind `wellhead.evaluation.calibration.calibration`, which says where it is from.
"""

import math
from bisect import bisect_left, insort
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellhead.evaluation.backtesting.outcomes import Track
from wellhead.tables import QUANTILES

Matrix = NDArray[np.float64]
Quantiles = list[float]

LOW, MEDIAN, HIGH = 1, 3, 5  # positions of the 10, 50 and 90 % quantiles
_BANDS = tuple(2 * level for level in QUANTILES[:3])  # misses that the three bands allow
_FARTHEST = 3.0  # of the stretch's logarithm: twentyfold at most


@dataclass(frozen=True)
class CalibrationOptions:
    """How past errors become quantiles.

    `window`: errors that count, the newest ones known. `rate`: step of the stretch's logarithm.
    `own_errors`: number of independent errors at which they weigh as much as the model's own
    quantiles. `skew_errors`: the same for the two sides apart against both sides together (long
    horizons have too few independent errors to tell a rise from a fall).

    The defaults were chosen on the years 2000–2011 of five series (docs/evaluation.md).
    """

    window: int = 2520
    rate: float = 0.03
    own_errors: float = 30.0
    skew_errors: float = 300.0


@dataclass(frozen=True)
class Correction:
    """How the quantiles of the next forecast are made from its own, all in scaled offsets."""

    kept: float = 1.0
    factor: float = 1.0
    added: tuple[float, ...] = (0.0,) * len(QUANTILES)

    def of(self, own: Quantiles) -> Quantiles:
        blended = [self.kept * mine + more for mine, more in zip(own, self.added, strict=True)]
        middle = blended[MEDIAN]
        return sorted(middle + self.factor * (each - middle) for each in blended)


def follow(
    error: Matrix, own: Matrix, track: Track, how: CalibrationOptions
) -> tuple[Matrix, Correction]:
    """The quantiles of one track, in scaled errors, and the correction after its last outcome.

    A plain loop: each origin needs the last.
    """
    errors, published, issued = error.tolist(), track.published.tolist(), own.tolist()
    past, stretch, seen = _Past(how.window), 0.0, 0
    origins = zip(track.known.tolist(), track.overlap.tolist(), strict=True)
    last = (len(published), int(track.overlap[-1]))
    for row, (known, overlap) in enumerate([*origins, last]):
        for outcome in published[seen:known]:
            missed = not issued[outcome][LOW] <= errors[outcome] <= issued[outcome][HIGH]
            stretch += how.rate / math.sqrt(overlap) * (missed - _BANDS[LOW])
            stretch = min(_FARTHEST, max(-_FARTHEST, stretch))
            past.add(errors[outcome])
        seen = known
        correction = _correction(past, stretch, len(past.signed) / overlap, how)
        if row < len(issued):
            issued[row] = correction.of(issued[row])
    return np.array(issued).reshape(own.shape), correction


def _correction(
    past: "_Past", stretch: float, independent: float, how: CalibrationOptions
) -> Correction:
    if not past.signed:
        return Correction()
    trust = independent / (independent + how.own_errors)
    skew = trust * independent / (independent + how.skew_errors)
    even = trust - skew
    added = [skew * _at(past.signed, 0.5)] * len(QUANTILES)
    for band, missed in enumerate(_BANDS):
        size = even * _at(past.sizes, 1 - missed)
        added[band] = skew * _at(past.signed, missed / 2) - size
        added[-1 - band] = skew * _at(past.signed, 1 - missed / 2) + size
    return Correction(1 - trust, math.exp(stretch), tuple(added))


class _Past:
    """The newest errors, sorted: with their signs, and by size."""

    def __init__(self, window: int) -> None:
        self.signed: list[float] = []
        self.sizes: list[float] = []
        self._window = window
        self._order: list[float] = []

    def add(self, error: float) -> None:
        self._order.append(error)
        insort(self.signed, error)
        insort(self.sizes, abs(error))
        if len(self.signed) > self._window:
            oldest = self._order[-1 - self._window]
            del self.signed[bisect_left(self.signed, oldest)]
            del self.sizes[bisect_left(self.sizes, abs(oldest))]


def _at(ordered: list[float], level: float) -> float:
    """Quantile of sorted numbers, linear between them."""
    place = level * (len(ordered) - 1)
    below = int(place)
    if below + 1 >= len(ordered):
        return ordered[-1]
    return ordered[below] + (place - below) * (ordered[below + 1] - ordered[below])
