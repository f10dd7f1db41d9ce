"""Quantiles that hold what they promise, learned from the errors known at each origin.

An error is divided by the half-width of its own forecast's 80 % band, so that errors of calm and
of wild days can be put together (locally weighted conformal prediction, Lei et al. 2018). The
bands are empirical quantiles of these scaled errors, stretched a little more after every outcome
that the 80 % band missed and a little less after every other, so that coverage comes right whatever
the prices do: adaptive conformal inference (Gibbs & Candès 2021) acting on the scale, as quantile
tracking does (Angelopoulos, Candès & Tibshirani 2023). The published form moves the level of each
quantile; in the heavy tails of long horizons, where a miss is rare, that overshoots.

Consecutive forecasts over many sessions miss together. With an overlap of o, n errors weigh as
n/o, and an outcome moves the stretch by 1/√o of a step.
"""

import math
from bisect import bisect_left, insort
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
_FARTHEST = 3.0  # of the stretch's logarithm: twentyfold at most


@dataclass(frozen=True)
class Calibration:
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
    past, issued, stretch, seen = _Past(how.window), own.tolist(), 0.0, 0
    for row, known in enumerate(track.known.tolist()):
        overlap = int(track.overlap[row])
        for outcome in published[seen:known]:
            missed = not issued[outcome][_LOW] <= errors[outcome] <= issued[outcome][_HIGH]
            stretch += how.rate / math.sqrt(overlap) * (missed - _BANDS[_LOW])
            stretch = min(_FARTHEST, max(-_FARTHEST, stretch))
            past.add(errors[outcome])
        seen = known
        issued[row] = _blended(issued[row], past, stretch, len(past.signed) / overlap, how)
    return np.array(issued).reshape(own.shape)


def _blended(
    own: Quantiles, past: "_Past", stretch: float, independent: float, how: Calibration
) -> Quantiles:
    if not past.signed:
        return own
    trust = independent / (independent + how.own_errors)
    skew = trust * independent / (independent + how.skew_errors)
    even = trust - skew
    middle = (1 - trust) * own[_MEDIAN] + skew * _at(past.signed, 0.5)
    blended, factor = [middle] * len(own), math.exp(stretch)
    for band, missed in enumerate(_BANDS):
        size = even * _at(past.sizes, 1 - missed)
        low = (1 - trust) * own[band] + skew * _at(past.signed, missed / 2) - size
        high = (1 - trust) * own[-1 - band] + skew * _at(past.signed, 1 - missed / 2) + size
        blended[band] = middle + factor * (low - middle)
        blended[-1 - band] = middle + factor * (high - middle)
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
