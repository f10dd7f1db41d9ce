"""Calibrate quantiles with the errors known at each origin, so that bands cover what they should.

An error is divided by the half-width of its own forecast's 80 % band, so that errors of calm and
volatile days can be pooled (locally weighted conformal prediction, Lei et al. 2018). The bands are
empirical quantiles of these scaled errors, times a stretch factor. The factor grows a little after
every outcome outside the 80 % band and shrinks a little after every other, so coverage converges
whatever the prices do: adaptive conformal inference (Gibbs & Candès 2021) applied to the scale, as
in quantile tracking (Angelopoulos, Candès & Tibshirani 2023). The published form moves the level of
each quantile; in the heavy tails of long horizons, where a miss is rare, that overshoots.

Overlapping forecasts miss together. With an overlap of o, n errors count as n/o, and an outcome
moves the stretch by 1/√o of a step.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.catalogue.targets import Target
from wellhead.evaluation.backtesting.outcomes import ForecastGroup, forecast_groups
from wellhead.evaluation.calibration.correction import (
    HIGH,
    LOW,
    MEDIAN,
    CalibrationOptions,
    calibrate_group,
)
from wellhead.tables import STATISTICS

Matrix = NDArray[np.float64]

_COLUMNS = list(STATISTICS[1:])
CORRECTION = ("kept", "stretch", *_COLUMNS)
"""The columns of `corrections`."""
OWN = {name: f"own_{name}" for name in _COLUMNS}
"""Quantile -> the column of the model's own, uncalibrated one."""


def calibrate(frame: pd.DataFrame, options: CalibrationOptions | None = None) -> pd.DataFrame:
    """A backtest's forecasts with calibrated quantiles; the means do not change.

    `frame` has one row per (made_at, horizon), of one or more models, as `backtest` returns it;
    rows without an outcome yet have no actual. A row's quantiles use only outcomes with
    `actual_available_at` up to its `made_at`; without any they stay the model's own. The result has
    the same rows, order and columns; its quantiles do not cross. Prices may have any sign.

    Raises InputError when a column is missing or a forecast appears twice.
    """
    return calibrate_and_learn(frame, options)[0]


def with_own_quantiles(calibrated: pd.DataFrame, uncalibrated: pd.DataFrame) -> pd.DataFrame:
    """Calibrated forecasts with the quantiles they were made from, in the columns of OWN."""
    return calibrated.assign(**{own: uncalibrated[name] for name, own in OWN.items()})


def uncalibrated(forecasts: pd.DataFrame) -> pd.DataFrame:
    """The forecasts before calibration, from those of `with_own_quantiles`."""
    named = {own: name for name, own in OWN.items()}
    return forecasts.drop(columns=_COLUMNS).rename(columns=named)[
        [name for name in forecasts if name not in named]
    ]


def calibrate_and_learn(
    frame: pd.DataFrame, options: CalibrationOptions | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The calibrated forecasts, and the correction of the next one once all outcomes are known.

    The forecasts are as `calibrate` gives them. The corrections are indexed by (target_kind,
    horizon): kept (the share of the model's own quantiles), stretch (the factor of the bands) and
    for each quantile the offset to add, in half-widths of the own 80 % band; `corrected` applies
    them. They make sense for a frame of one model and one series. Raises as `calibrate` does.
    """
    options = options or CalibrationOptions()
    statistics = frame[list(STATISTICS)].to_numpy(dtype=float)
    offsets, scale = _scaled(statistics)
    calibrated, learned = offsets.copy(), {}
    for group, error in _scaled_errors(frame, scale):
        calibrated[group.rows], last = calibrate_group(error, offsets[group.rows], group, options)
        learned[_key(frame, group)] = (last.kept, last.stretch, *last.added)
    quantiles = _unscaled(statistics, calibrated, scale)
    return frame.assign(**dict(zip(_COLUMNS, quantiles.T, strict=True))), _table(learned)


def corrections(frame: pd.DataFrame, options: CalibrationOptions | None = None) -> pd.DataFrame:
    """The corrections that `calibrate_and_learn` returns."""
    return calibrate_and_learn(frame, options)[1]


def _key(frame: pd.DataFrame, group: ForecastGroup) -> tuple[str, int]:
    first = frame.iloc[group.rows[0]]
    return first.get("target_kind", Target.DAILY.value), first["horizon"]


def _table(learned: dict[tuple[str, int], tuple[float, ...]]) -> pd.DataFrame:
    table = pd.DataFrame.from_dict(learned, orient="index", columns=list(CORRECTION))
    table.index = pd.MultiIndex.from_tuples(learned, names=["target_kind", "horizon"])
    return table.sort_index()


def corrected(statistics: Matrix, correction: Matrix) -> Matrix:
    """Forecasts (rows × STATISTICS) with the corrections (rows × CORRECTION) of their horizons."""
    offsets, scale = _scaled(statistics)
    kept, stretch, added = correction[:, :1], correction[:, 1:2], correction[:, 2:]
    blended = kept * offsets + added
    middle = blended[:, [MEDIAN]]
    calibrated = _unscaled(statistics, middle + stretch * (blended - middle), scale)
    return np.column_stack([statistics[:, 0], calibrated])


def _scaled(statistics: Matrix) -> tuple[Matrix, Matrix]:
    """Each forecast's quantiles as offsets from its mean in units of its scale; and the scales.

    A scale is half the width of the own 80 % band; NaN for a price that has never moved.
    """
    own = statistics[:, 1:] - statistics[:, :1]
    width = (own[:, HIGH] - own[:, LOW]) / 2
    scale = np.where(width > 0, width, np.nan)
    return np.where(width[:, None] > 0, own / scale[:, None], own), scale


def _unscaled(statistics: Matrix, offsets: Matrix, scale: Matrix) -> Matrix:
    """Offsets as prices that do not cross; a forecast without a scale keeps its own quantiles."""
    moved = np.sort(statistics[:, :1] + offsets * scale[:, None], axis=1)
    return np.where(np.isnan(scale)[:, None], statistics[:, 1:], moved)


def _scaled_errors(frame: pd.DataFrame, scale: Matrix) -> Iterator[tuple[ForecastGroup, Matrix]]:
    """Each group with its scaled errors; a forecast without a scale has no error to learn from."""
    error = (frame["actual"].to_numpy(dtype=float) - frame["mean"].to_numpy(dtype=float)) / scale
    for group in forecast_groups(frame.assign(actual=error)):
        yield group, error[group.rows]
