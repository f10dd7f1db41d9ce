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

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.evaluation.backtesting.outcomes import Track, tracks
from wellhead.evaluation.calibration.correction import HIGH, LOW, MEDIAN, CalibrationOptions, follow
from wellhead.tables import STATISTICS

Matrix = NDArray[np.float64]

_COLUMNS = list(STATISTICS[1:])
CORRECTION = ("kept", "stretch", *_COLUMNS)
"""The columns of `corrections`."""


def calibrate(frame: pd.DataFrame, how: CalibrationOptions | None = None) -> pd.DataFrame:
    """A backtest's forecasts with calibrated quantiles; the means stay as they are.

    `frame` has one row a (made_at, horizon), of one or more models, as `backtest` gives it, with
    its own quantiles, `actual` and `actual_available_at`; rows to come (a live forecast) have no
    actual. A row's quantiles use only outcomes with `actual_available_at` up to its `made_at`;
    without any they are the model's own. The result has the same rows, order and columns; its
    quantiles do not cross. Prices may have any sign.

    Raises InputError when a column is missing or a forecast stands twice.
    """
    how = how or CalibrationOptions()
    statistics = frame[list(STATISTICS)].to_numpy(dtype=float)
    offsets, scale = _scaled(statistics)
    calibrated = offsets.copy()
    for track, error in _scaled_errors(frame, scale):
        calibrated[track.rows], _ = follow(error, offsets[track.rows], track, how)
    return frame.assign(
        **dict(zip(_COLUMNS, _unscaled(statistics, calibrated, scale).T, strict=True))
    )


def corrections(frame: pd.DataFrame, how: CalibrationOptions | None = None) -> pd.DataFrame:
    """What `calibrate` would do to the next forecast, once every outcome in `frame` is known.

    `frame` is one model's backtest of one series. Indexed by (target_kind, horizon): kept (how much
    of the model's own quantiles stays), stretch (the factor of the bands) and for each quantile
    what is added, in half-widths of the own 80 % band. `corrected` applies them. Raises as
    `calibrate` does.
    """
    how = how or CalibrationOptions()
    offsets, scale = _scaled(frame[list(STATISTICS)].to_numpy(dtype=float))
    learned = {}
    for track, error in _scaled_errors(frame, scale):
        _, found = follow(error, offsets[track.rows], track, how)
        first = frame.iloc[track.rows[0]]
        learned[first["target_kind"], first["horizon"]] = (found.kept, found.factor, *found.added)
    table = pd.DataFrame.from_dict(learned, orient="index", columns=list(CORRECTION))
    table.index = pd.MultiIndex.from_tuples(learned, names=["target_kind", "horizon"])
    return table.sort_index()


def corrected(statistics: Matrix, learned: Matrix) -> Matrix:
    """Forecasts (rows × STATISTICS) with the corrections (rows × CORRECTION) of their horizons."""
    offsets, scale = _scaled(statistics)
    kept, factor, added = learned[:, :1], learned[:, 1:2], learned[:, 2:]
    blended = kept * offsets + added
    middle = blended[:, [MEDIAN]]
    calibrated = _unscaled(statistics, middle + factor * (blended - middle), scale)
    return np.column_stack([statistics[:, 0], calibrated])


def _scaled(statistics: Matrix) -> tuple[Matrix, Matrix]:
    """Each forecast's quantiles as offsets from its mean, in its scale; and the scales.

    A scale is half the width of the own 80 % band. A price that has never moved has none: NaN.
    """
    own = statistics[:, 1:] - statistics[:, :1]
    width = (own[:, HIGH] - own[:, LOW]) / 2
    scale = np.where(width > 0, width, np.nan)
    return np.where(width[:, None] > 0, own / scale[:, None], own), scale


def _unscaled(statistics: Matrix, offsets: Matrix, scale: Matrix) -> Matrix:
    """Offsets as prices that do not cross; a forecast without a scale keeps its own quantiles."""
    moved = np.sort(statistics[:, :1] + offsets * scale[:, None], axis=1)
    return np.where(np.isnan(scale)[:, None], statistics[:, 1:], moved)


def _scaled_errors(frame: pd.DataFrame, scale: Matrix) -> Iterator[tuple[Track, Matrix]]:
    """The tracks, each with its errors; a forecast without a scale has no error to learn from."""
    error = (frame["actual"].to_numpy(dtype=float) - frame["mean"].to_numpy(dtype=float)) / scale
    for track in tracks(frame.assign(actual=error)):
        yield track, error[track.rows]
