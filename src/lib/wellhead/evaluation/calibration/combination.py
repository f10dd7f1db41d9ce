"""Several models as one: weights for each horizon, learned from the errors known at each origin.

Errors are divided by the mean half-width of the models' 80 % bands, so that no wild month rules
the weights. Weights learned from few errors are mostly noise (Bates & Granger 1969; Stock &
Watson 2004 call it the combination puzzle), so all are shrunk to those that they start from: equal
ones of a few members, while every other member has to earn its place by its errors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.errors import InputError, NoDataError
from wellhead.evaluation.backtesting.outcomes import Positions, Track, tracks
from wellhead.evaluation.calibration.simplex import smallest_on_simplex
from wellhead.tables import STATISTICS

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

COMBINATION = "combination"
METHODS = ("equal", "inverse-mspe", "constrained")
_STATISTICS = list(STATISTICS)
_KEYS = ("target_kind", "made_at", "horizon")


@dataclass(frozen=True)
class WeightingOptions:
    """How past errors become weights.

    `window`: errors that count, the newest ones known. `starting`: the members that share the
    weight while no error is known; where none of them takes part, all do. `prior`: the weight of
    this start, as a number of independent errors. `refresh`: origins from one set of weights to
    the next.

    The regression contains mean reversion, and a model that hardly moves contains no-change: equal
    weights of them all would be little more than no-change (docs/evaluation.md).
    """

    window: int = 2520
    starting: tuple[str, ...] = ("regression",)
    prior: float = 120.0
    refresh: int = 5

    def start(self, members: Sequence[str]) -> Vector:
        """The weight of each member while no error is known; they sum to 1."""
        taken = np.array([name in self.starting for name in members])
        chosen = taken if taken.any() else np.ones(len(members))
        return np.asarray(chosen / chosen.sum())


def combine(
    frames: Mapping[str, pd.DataFrame],
    method: str = "constrained",
    how: WeightingOptions | None = None,
) -> pd.DataFrame:
    """One forecast from several: at each horizon the weighted mean of means and of quantiles.

    `frames` maps a model's name to its backtest of one series; only (target_kind, made_at,
    horizon) that all have are combined. The result has the columns of the first frame, model
    'combination', no NaN, and quantiles that do not cross; pass it to `calibrate`, which corrects
    the averaged quantiles from the combination's own errors. Weights use only outcomes available
    at `made_at`; where there are none, they are those of the start. Method 'equal' weighs all
    members alike, always.

    Raises NoDataError when the frames share no forecast, InputError for an unknown method.
    """
    base, models = _aligned(frames)
    weights = _weights(base, models, list(frames), method, how or WeightingOptions())
    combined = np.einsum("rm,rms->rs", weights, models)
    return base.assign(model=COMBINATION, **dict(zip(_STATISTICS, combined.T, strict=True)))


def combination_weights(
    frames: Mapping[str, pd.DataFrame],
    method: str = "constrained",
    how: WeightingOptions | None = None,
) -> pd.DataFrame:
    """The weights that `combine` uses: its keys and one column a model; rows sum to 1."""
    base, models = _aligned(frames)
    weights = _weights(base, models, list(frames), method, how or WeightingOptions())
    return base[[name for name in _KEYS if name in base]].assign(
        **dict(zip(frames, weights.T, strict=True))
    )


def next_weights(
    frames: Mapping[str, pd.DataFrame],
    method: str = "constrained",
    how: WeightingOptions | None = None,
) -> pd.DataFrame:
    """The weights of the next forecast, once every outcome in the frames is known.

    Indexed by (target_kind, horizon), one column a model; rows sum to 1. Raises as `combine` does.
    """
    base, models = _aligned(frames)
    how, errors = how or WeightingOptions(), _scaled_errors(base, models)
    rows, start = {}, how.start(list(frames))
    for track in tracks(base):
        newest = np.array([len(track.published)]), track.overlap[-1:]
        products, independent = _mean_products(errors[track.rows], track, *newest, how.window)
        learned = _learned(products, independent, method, how.prior, start)
        first = base.iloc[track.rows[0]]
        rows[first["target_kind"], first["horizon"]] = learned[0]
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
    base: pd.DataFrame, models: Matrix, members: Sequence[str], method: str, how: WeightingOptions
) -> Matrix:
    """Rows × models."""
    weights, start = np.empty(models.shape[:2]), how.start(members)
    errors = _scaled_errors(base, models)
    for track in tracks(base):
        chosen = np.arange(0, len(track.rows), how.refresh)
        then = track.known[chosen], track.overlap[chosen]
        products, independent = _mean_products(errors[track.rows], track, *then, how.window)
        learned = _learned(products, independent, method, how.prior, start)
        weights[track.rows] = np.repeat(learned, how.refresh, axis=0)[: len(track.rows)]
    return weights


def _scaled_errors(base: pd.DataFrame, models: Matrix) -> Matrix:
    low, high = _STATISTICS.index("q0.1"), _STATISTICS.index("q0.9")
    width = (models[:, :, high] - models[:, :, low]).mean(axis=1) / 2
    scale = np.where(width > 0, width, 1.0)
    return (base["actual"].to_numpy(dtype=float)[:, None] - models[:, :, 0]) / scale[:, None]


def _mean_products(
    errors: Matrix, track: Track, last: Positions, overlap: Positions, window: int
) -> tuple[Matrix, Matrix]:
    """For each moment: the mean of e eᵀ over its `last` known errors, and their number.

    Of overlapping errors as many as overlap count as one.
    """
    known = errors[track.published]
    sums = np.cumsum(known[:, :, None] * known[:, None, :], axis=0)
    sums = np.concatenate([np.zeros((1, *sums.shape[1:])), sums])
    first = np.maximum(0, last - window)
    products = (sums[last] - sums[first]) / np.maximum(1, last - first)[:, None, None]
    return products, (last - first) / overlap


def _learned(
    products: Matrix, independent: Vector, method: str, prior: float, start: Vector
) -> Matrix:
    """Weights from mean squares and products of errors, shrunk to those of the start."""
    if method not in METHODS:
        raise InputError(f"combination {method!r} is not known. Choose of: {', '.join(METHODS)}.")
    count = products.shape[-1]
    if method == "equal" or count == 1:
        return np.full(products.shape[:2], 1 / count)
    squares = np.diagonal(products, axis1=1, axis2=2)
    trust = (independent / (independent + prior))[:, None]
    if method == "inverse-mspe":
        inverse = 1 / np.where(squares > 0, squares, np.nan)
        learned = inverse / inverse.sum(axis=1, keepdims=True)
        learned = np.where(np.isfinite(learned), learned, start)
        return np.asarray(trust * learned + (1 - trust) * start)
    # The distance from the start costs as much as that many errors without correlation between
    # the models (ridge on it).
    ridge = (1 - trust) * squares.mean(axis=1, keepdims=True)
    ridge = np.where(ridge > 0, ridge, 1.0)
    pulled = trust[:, :, None] * products + ridge[:, :, None] * np.eye(count)
    return smallest_on_simplex(pulled, ridge * start)
