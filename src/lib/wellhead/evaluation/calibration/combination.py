"""Combine several models: weights for each horizon, learned from the errors known at each origin.

Errors are divided by the mean half-width of the models' 80 % bands, so that no volatile month
dominates the weights. Weights learned from few errors are mostly noise (Bates & Granger 1969; Stock
& Watson 2004 call it the combination puzzle), so all are shrunk towards starting weights: equal for
a few members, zero for the others, which earn their weight by a gain that is no chance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.errors import NoDataError
from wellhead.evaluation.backtesting.outcomes import ForecastGroup, Positions, forecast_groups
from wellhead.evaluation.calibration.weights import learned_weights
from wellhead.tables import STATISTICS

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

COMBINATION = "combination"
_STATISTICS = list(STATISTICS)
_KEYS = ("target_kind", "made_at", "horizon")


@dataclass(frozen=True)
class WeightingOptions:
    """How past errors become weights.

    `window`: the number of newest errors used. `starting`: the members that share the weight while
    no error is known; where none of them takes part, all do. `threshold`: the gain up to which the
    start stays (`learned_weights`). `refresh`: origins from one set of weights to the next.

    The regression includes mean reversion, and a model that hardly moves is close to no-change:
    equal weights of all members would be little more than no-change (docs/evaluation.md).
    """

    window: int = 2520
    starting: tuple[str, ...] = ("regression",)
    threshold: float = 15.5  # the 95 % point of χ² with eight members besides the start
    refresh: int = 5

    def start(self, members: Sequence[str]) -> Vector:
        """The weight of each member while no error is known; they sum to 1."""
        starting = np.array([name in self.starting for name in members])
        chosen = starting if starting.any() else np.ones(len(members))
        return np.asarray(chosen / chosen.sum())


def combine(
    frames: Mapping[str, pd.DataFrame],
    method: str = "constrained",
    options: WeightingOptions | None = None,
) -> pd.DataFrame:
    """One forecast from several: at each horizon the weighted mean of means and of quantiles.

    `frames` maps a model's name to its uncalibrated backtest of one series; only (target_kind,
    made_at, horizon) that all have are combined. The result has the columns of the first frame,
    model 'combination', no NaN, and quantiles that do not cross. Pass it to `calibrate`: averages
    of quantiles that were calibrated before would be corrected twice. Weights use only outcomes
    available at `made_at`; where there are none, the starting weights hold. Method 'equal' gives
    all members the same weight.

    Raises NoDataError when the frames share no forecast, InputError for an unknown method.
    """
    base, models = _aligned(frames)
    weights = _weights(base, models, list(frames), method, options or WeightingOptions())
    combined = np.einsum("rm,rms->rs", weights, models)
    return base.assign(model=COMBINATION, **dict(zip(_STATISTICS, combined.T, strict=True)))


def combination_weights(
    frames: Mapping[str, pd.DataFrame],
    method: str = "constrained",
    options: WeightingOptions | None = None,
) -> pd.DataFrame:
    """The weights that `combine` uses: its keys and one column per model; rows sum to 1."""
    base, models = _aligned(frames)
    weights = _weights(base, models, list(frames), method, options or WeightingOptions())
    return base[[name for name in _KEYS if name in base]].assign(
        **dict(zip(frames, weights.T, strict=True))
    )


def next_weights(
    frames: Mapping[str, pd.DataFrame],
    method: str = "constrained",
    options: WeightingOptions | None = None,
) -> pd.DataFrame:
    """The weights of the next forecast, once every outcome in the frames is known.

    Indexed by (target_kind, horizon), one column per model; rows sum to 1. Raises as `combine`.
    """
    base, models = _aligned(frames)
    options, errors = options or WeightingOptions(), _scaled_errors(base, models)
    rows, start = {}, options.start(list(frames))
    for group in forecast_groups(base):
        now = np.array([len(group.resolved)]), group.overlap[-1:]
        products, independent = _mean_products(errors[group.rows], group, *now, options.window)
        first = base.iloc[group.rows[0]]
        (rows[first["target_kind"], first["horizon"]],) = learned_weights(
            products, independent, method, options.threshold, start
        )
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(frames))
    table.index = pd.MultiIndex.from_tuples(rows, names=["target_kind", "horizon"])
    return table.sort_index()


def _aligned(frames: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """The first frame's rows that all have, and the models' statistics: rows × models × 8."""
    if not frames:
        raise NoDataError("there is nothing to combine: name at least one model.")
    first = next(iter(frames.values()))
    keys = [name for name in _KEYS if name in first]
    keyed = [frame.set_index(keys) for frame in frames.values()]
    common = keyed[0].index
    for other in keyed[1:]:
        common = common.intersection(other.index)
    if common.empty:
        raise NoDataError("the models share no forecast: backtest them on one plan.")
    common = common.sort_values()
    stacked = [frame.loc[common, _STATISTICS].to_numpy(dtype=float) for frame in keyed]
    return keyed[0].loc[common].reset_index()[list(first.columns)], np.stack(stacked, axis=1)


def _weights(
    base: pd.DataFrame,
    models: Matrix,
    members: Sequence[str],
    method: str,
    options: WeightingOptions,
) -> Matrix:
    """Rows × models."""
    weights, start = np.empty(models.shape[:2]), options.start(members)
    errors = _scaled_errors(base, models)
    for group in forecast_groups(base):
        origins = np.arange(0, len(group.rows), options.refresh)
        then = group.known[origins], group.overlap[origins]
        products, independent = _mean_products(errors[group.rows], group, *then, options.window)
        learned = learned_weights(products, independent, method, options.threshold, start)
        weights[group.rows] = np.repeat(learned, options.refresh, axis=0)[: len(group.rows)]
    return weights


def _scaled_errors(base: pd.DataFrame, models: Matrix) -> Matrix:
    low, high = _STATISTICS.index("q0.1"), _STATISTICS.index("q0.9")
    width = (models[:, :, high] - models[:, :, low]).mean(axis=1) / 2
    scale = np.where(width > 0, width, 1.0)
    return (base["actual"].to_numpy(dtype=float)[:, None] - models[:, :, 0]) / scale[:, None]


def _mean_products(
    errors: Matrix, group: ForecastGroup, last: Positions, overlap: Positions, window: int
) -> tuple[Matrix, Matrix]:
    """For each moment: the mean of e eᵀ over its `last` known errors, and their number.

    Only the newest `window` errors are used. As many errors as overlap count as one.
    """
    known = errors[group.resolved]
    sums = np.cumsum(known[:, :, None] * known[:, None, :], axis=0)
    sums = np.concatenate([np.zeros((1, *sums.shape[1:])), sums])
    first = np.maximum(0, last - window)
    products = (sums[last] - sums[first]) / np.maximum(1, last - first)[:, None, None]
    return products, (last - first) / overlap
