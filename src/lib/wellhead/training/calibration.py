"""Quantiles that hold what they promise, learned from the errors known at each origin.

An error is divided by the half-width of its own forecast's 80 % band, so that errors of calm and
of wild days can be put together (locally weighted conformal prediction, Lei et al. 2018). The
bands are empirical quantiles of these scaled errors; their levels move a little with every
outcome, up after a miss and down after a hit (adaptive conformal inference, Gibbs & Candès 2021),
so that coverage comes right whatever the prices do.

Consecutive forecasts over many sessions miss together. They count as one: with an overlap of o,
n errors weigh as n/o, and an outcome moves a level by 1/o of a step.
"""

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.tables import QUANTILES, STATISTICS
from wellhead.training.known import Track, tracks

Matrix = NDArray[np.float64]
Quantiles = list[float]

_COLUMNS = list(STATISTICS[1:])
_BANDS = tuple(2 * level for level in QUANTILES[:3])  # misses that the three bands allow
_LOW, _MEDIAN, _HIGH = 1, 3, 5  # positions of the 10, 50 and 90 % quantiles


@dataclass(frozen=True)
class Calibration:
    """How past errors become quantiles.

    `window`: errors that count, the newest ones known. `rate`: step of the levels. `own_errors`:
    number of independent errors at which they weigh as much as the model's own quantiles.
    `skew_errors`: the same for the two sides apart against both sides together (long horizons
    have too few independent errors to tell a rise from a fall).

    The defaults have about the lowest Winkler score on the years 2000–2011 of five series
    (docs/evaluation.md).
    """

    window: int = 2520
    rate: float = 0.01
    own_errors: float = 30.0
    skew_errors: float = 300.0


def calibrate(frame: pd.DataFrame, how: Calibration | None = None) -> pd.DataFrame:
    """A backtest's forecasts with calibrated quantiles; the means stay as they are.

    `frame` has one row a (made_at, horizon), of one or more models, as `backtest` gives it, with
    its own quantiles, `actual` and `actual_available_at`; rows to come (a live forecast) have no
    actual. A row's quantiles use only outcomes with `actual_available_at` up to its `made_at`;
    without any they are the model's own. The result has the same rows, order and columns; its
    quantiles do not cross. Prices may have any sign.

    Raises InputError when a column is missing or a forecast stands twice.
    """
    how, mean = how or Calibration(), frame["mean"].to_numpy(dtype=float)
    own = frame[_COLUMNS].to_numpy(dtype=float) - mean[:, None]
    width = (own[:, _HIGH] - own[:, _LOW]) / 2
    moves = width > 0  # a price that has never moved has no scale, and keeps its quantiles
    scale = np.where(moves, width, 1.0)
    error = (frame["actual"].to_numpy(dtype=float) - mean) / scale
    offsets = own / scale[:, None]
    for track in tracks(frame.assign(actual=np.where(moves, frame["actual"], np.nan))):
        offsets[track.rows] = _calibrated(error[track.rows], offsets[track.rows], track, how)
    offsets[~moves] = own[~moves]
    calibrated = np.sort(mean[:, None] + offsets * scale[:, None], axis=1)
    return frame.assign(**dict(zip(_COLUMNS, calibrated.T, strict=True)))


def _calibrated(error: Matrix, own: Matrix, track: Track, how: Calibration) -> Matrix:
    """The quantiles of one track, in scaled errors. A plain loop: each origin needs the last."""
    errors, published = error.tolist(), track.published.tolist()
    past, misses, issued, seen = _Past(how.window), list(_BANDS), own.tolist(), 0
    for row, known in enumerate(track.known.tolist()):
        overlap = int(track.overlap[row])
        for outcome in published[seen:known]:
            _learn(misses, issued[outcome], errors[outcome], how.rate / overlap)
            past.add(errors[outcome])
        seen = known
        issued[row] = _blended(issued[row], past, misses, len(past.signed) / overlap, how)
    return np.array(issued).reshape(own.shape)


def _learn(misses: list[float], issued: Quantiles, error: float, rate: float) -> None:
    """After a miss a band may miss less often, after a hit more (Gibbs & Candès 2021, eq. 2)."""
    for band, allowed in enumerate(_BANDS):
        missed = not issued[band] <= error <= issued[-1 - band]
        misses[band] = min(1.0, max(0.0, misses[band] + rate * (allowed - missed)))


def _blended(
    own: Quantiles, past: "_Past", misses: list[float], independent: float, how: Calibration
) -> Quantiles:
    if not past.signed:
        return own
    trust = independent / (independent + how.own_errors)
    skew = trust * independent / (independent + how.skew_errors)
    even = trust - skew
    blended = list(own)
    for band, missed in enumerate(misses):
        low, high, size = missed / 2, 1 - missed / 2, even * _at(past.sizes, 1 - missed)
        blended[band] = (1 - trust) * _own_at(own, low) + skew * _at(past.signed, low) - size
        blended[-1 - band] = (1 - trust) * _own_at(own, high) + skew * _at(past.signed, high) + size
    blended[_MEDIAN] = (1 - trust) * own[_MEDIAN] + skew * _at(past.signed, 0.5)
    return sorted(blended)


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


def _own_at(own: Quantiles, level: float) -> float:
    """The model's quantile at any level: its seven joined, and carried on, by straight lines."""
    left = min(len(QUANTILES) - 2, max(0, bisect_right(QUANTILES, level) - 1))
    slope = (own[left + 1] - own[left]) / (QUANTILES[left + 1] - QUANTILES[left])
    return own[left] + (level - QUANTILES[left]) * slope
