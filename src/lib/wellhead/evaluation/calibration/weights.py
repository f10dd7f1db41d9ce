"""The weights of a combination, from the mean squares and products of its members' errors."""

import numpy as np
from numpy.typing import NDArray

from wellhead.errors import InputError
from wellhead.evaluation.calibration.simplex import smallest_on_simplex

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

METHODS = ("equal", "inverse-mspe", "constrained")


def learned_weights(
    products: Matrix, independent: Vector, method: str, prior: float, start: Vector
) -> Matrix:
    """Weights for each moment (moments × models), shrunk towards the starting weights.

    `products`: mean products of errors, moments × models × models. `independent`: how many
    independent errors they are of. `prior`: the weight of `start`, as a number of such errors.

    Raises InputError for an unknown method.
    """
    if method not in METHODS:
        raise InputError(f"combination {method!r} is not known. Choose from: {', '.join(METHODS)}.")
    count = products.shape[-1]
    if method == "equal" or count == 1:
        return np.full(products.shape[:2], 1 / count)
    squares = np.diagonal(products, axis1=1, axis2=2)
    trust = (independent / (independent + prior))[:, None]
    if method == "inverse-mspe":
        return _inverse_mspe(squares, trust, start)
    # The distance from the start costs as much as `prior` errors that are uncorrelated between the
    # models: a ridge penalty on it.
    ridge = (1 - trust) * squares.mean(axis=1, keepdims=True)
    ridge = np.where(ridge > 0, ridge, 1.0)
    penalised = trust[:, :, None] * products + ridge[:, :, None] * np.eye(count)
    return smallest_on_simplex(penalised, ridge * start)


def _inverse_mspe(squares: Matrix, trust: Matrix, start: Vector) -> Matrix:
    """Weights proportional to 1 / MSPE; the starting weights where that is not defined."""
    inverse = 1 / np.where(squares > 0, squares, np.nan)
    learned = inverse / inverse.sum(axis=1, keepdims=True)
    learned = np.where(np.isfinite(learned), learned, start)
    return np.asarray(trust * learned + (1 - trust) * start)
