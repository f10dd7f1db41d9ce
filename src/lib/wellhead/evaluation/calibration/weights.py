"""The weights of a combination, from the mean squares and products of its members' errors."""

import numpy as np
from numpy.typing import NDArray

from wellhead.errors import InputError
from wellhead.evaluation.calibration.simplex import smallest_on_simplex

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

METHODS = ("equal", "inverse-mspe", "constrained")
_RIDGE = 0.01  # of the members' mean squared difference from the start; decides between equals


def learned_weights(
    products: Matrix, independent: Vector, method: str, threshold: float, start: Vector
) -> Matrix:
    """Weights for each moment (moments × models), as far from the starting weights as errors prove.

    `products`: mean products of errors, moments × models × models. `independent`: how many
    independent errors they are of. The learned weights have a gain over `start`: by how much their
    squared error is lower, times the number of independent errors, over their own squared error
    (the F statistic of the members' joint contribution, times their number). Up to `threshold` a
    gain may be chance, and the starting weights stay; beyond, the share 1 − threshold / gain of the
    way is gone (the positive part of James & Stein 1961).

    Raises InputError for an unknown method.
    """
    if method not in METHODS:
        raise InputError(f"combination {method!r} is not known. Choose from: {', '.join(METHODS)}.")
    count = products.shape[-1]
    if method == "equal" or count == 1:
        return np.full(products.shape[:2], 1 / count)
    started = np.broadcast_to(start, products.shape[:2])
    best = _inverse_mspe(products, started) if method == "inverse-mspe" else _best(products, start)
    before, after = _squared_error(products, started), _squared_error(products, best)
    gain = independent * (before - after) / np.where(after > 0, after, 1.0)
    share = np.clip(1 - threshold / np.where(gain > 0, gain, np.nan), 0.0, 1.0)[:, None]
    return np.where(np.isnan(share), started, started + np.nan_to_num(share) * (best - started))


def _best(products: Matrix, start: Vector) -> Matrix:
    """The weights with the smallest squared error.

    The program is written in the differences from the start's error e₀. The members' errors are
    nearly alike, so their products would be a badly conditioned matrix; those of the differences
    are not.
    """
    with_start = products @ start  # E[e₀ eₖ]
    square = (with_start @ start)[:, None]  # E[e₀²]
    differences = products - with_start[:, :, None] - with_start[:, None, :] + square[:, :, None]
    sizes = np.trace(differences, axis1=1, axis2=2)[:, None]
    ridge = np.where(sizes > 0, _RIDGE * sizes / len(start), 1.0)
    penalised = differences + ridge[:, :, None] * np.eye(len(start))
    return smallest_on_simplex(penalised, square - with_start + ridge * start)


def _inverse_mspe(products: Matrix, started: Matrix) -> Matrix:
    """Weights proportional to 1 / MSPE; the starting weights where that is not defined."""
    squares = np.diagonal(products, axis1=1, axis2=2)
    inverse = 1 / np.where(squares > 0, squares, np.nan)
    learned = inverse / inverse.sum(axis=1, keepdims=True)
    return np.where(np.isfinite(learned), learned, started)


def _squared_error(products: Matrix, weights: Matrix) -> Vector:
    return np.asarray(np.einsum("nij,ni,nj->n", products, weights, weights))
