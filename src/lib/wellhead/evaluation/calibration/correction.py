"""The correction of one model's quantiles at one horizon, updated with every outcome.

`wellhead.evaluation.calibration.calibration` names the sources of the method.
"""

import math
from bisect import bisect_left, insort
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellhead.evaluation.backtesting.outcomes import ForecastGroup
from wellhead.tables import QUANTILES

Matrix = NDArray[np.float64]
Quantiles = list[float]

LOW, MEDIAN, HIGH = 1, 3, 5  # positions of the 10, 50 and 90 % quantiles
_MISS_RATES = tuple(2 * level for level in QUANTILES[:3])  # of the three central bands
_LARGEST = 3.0  # of the stretch's logarithm: a factor of twenty at most


@dataclass(frozen=True)
class CalibrationOptions:
    """How past errors become quantiles.

    `window`: the number of newest errors used. `rate`: step of the stretch's logarithm.
    `own_errors`: number of independent errors at which they weigh as much as the model's own
    quantiles. `skew_errors`: number at which each side's own errors weigh as much as both sides
    together (long horizons have too few independent errors to tell a rise from a fall).

    The defaults were chosen on the years 2000–2011 of five series (docs/evaluation.md).
    """

    window: int = 2520
    rate: float = 0.03
    own_errors: float = 30.0
    skew_errors: float = 300.0


@dataclass(frozen=True)
class Correction:
    """How the next forecast's quantiles follow from its own, all as scaled offsets.

    `kept`: the share of the own quantiles. `stretch`: the factor of the distance to the median.
    `added`: an offset for each quantile.
    """

    kept: float = 1.0
    stretch: float = 1.0
    added: tuple[float, ...] = (0.0,) * len(QUANTILES)

    def apply(self, own: Quantiles) -> Quantiles:
        """The corrected quantiles, ascending."""
        blended = [self.kept * mine + more for mine, more in zip(own, self.added, strict=True)]
        middle = blended[MEDIAN]
        return sorted(middle + self.stretch * (each - middle) for each in blended)


def calibrate_group(
    error: Matrix, own: Matrix, group: ForecastGroup, options: CalibrationOptions
) -> tuple[Matrix, Correction]:
    """The calibrated quantiles of one group, in scaled errors; and the correction after the last.

    It is a plain loop, because each origin depends on the one before.
    """
    errors, resolved, issued = error.tolist(), group.resolved.tolist(), own.tolist()
    past, log_stretch, used = _SortedErrors(options.window), 0.0, 0
    origins = zip(group.known.tolist(), group.overlap.tolist(), strict=True)
    next_origin = (len(resolved), int(group.overlap[-1]))
    for row, (known, overlap) in enumerate([*origins, next_origin]):
        for outcome in resolved[used:known]:
            missed = not issued[outcome][LOW] <= errors[outcome] <= issued[outcome][HIGH]
            log_stretch += options.rate / math.sqrt(overlap) * (missed - _MISS_RATES[LOW])
            log_stretch = min(_LARGEST, max(-_LARGEST, log_stretch))
            past.add(errors[outcome])
        used = known
        correction = _correction(past, log_stretch, len(past.signed) / overlap, options)
        if row < len(issued):
            issued[row] = correction.apply(issued[row])
    return np.array(issued).reshape(own.shape), correction


def _correction(
    past: "_SortedErrors", log_stretch: float, independent: float, options: CalibrationOptions
) -> Correction:
    if not past.signed:
        return Correction()
    trust = independent / (independent + options.own_errors)
    skew = trust * independent / (independent + options.skew_errors)
    even = trust - skew
    added = [skew * _quantile(past.signed, 0.5)] * len(QUANTILES)
    for band, missed in enumerate(_MISS_RATES):
        size = even * _quantile(past.sizes, 1 - missed)
        added[band] = skew * _quantile(past.signed, missed / 2) - size
        added[-1 - band] = skew * _quantile(past.signed, 1 - missed / 2) + size
    return Correction(1 - trust, math.exp(log_stretch), tuple(added))


class _SortedErrors:
    """The newest errors, sorted by value (`signed`) and by absolute value (`sizes`)."""

    def __init__(self, window: int) -> None:
        self.signed: list[float] = []
        self.sizes: list[float] = []
        self._window = window
        self._in_time_order: list[float] = []

    def add(self, error: float) -> None:
        self._in_time_order.append(error)
        insort(self.signed, error)
        insort(self.sizes, abs(error))
        if len(self.signed) > self._window:
            oldest = self._in_time_order[-1 - self._window]
            del self.signed[bisect_left(self.signed, oldest)]
            del self.sizes[bisect_left(self.sizes, abs(oldest))]


def _quantile(ordered: list[float], level: float) -> float:
    """Quantile of sorted numbers, with linear interpolation."""
    position = level * (len(ordered) - 1)
    below = int(position)
    if below + 1 >= len(ordered):
        return ordered[-1]
    return ordered[below] + (position - below) * (ordered[below + 1] - ordered[below])
