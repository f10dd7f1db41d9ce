"""Many small quadratic programs at once: weights that are not negative and sum to one."""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def smallest_on_simplex(
    products: Matrix, pull: Matrix, rounds: int = 300, tolerance: float = 1e-6
) -> Matrix:
    """For each symmetric positive definite S the weights w that minimise wᵀ S w − 2 bᵀ w.

    With S the mean products of errors and b = 0 this is the least-squares regression of the outcome
    on the forecasts with weights w ≥ 0, Σ w = 1 (Granger & Ramanathan 1984, constrained).
    `products` (S) is n × m × m; `pull` (b) and the result are n × m. Accelerated projected
    gradients (Beck & Teboulle 2009, with the restart of O'Donoghue & Candès 2015) run on all n at
    once, each until none of its weights moves by more than `tolerance`, so no result depends on the
    other programs.
    """
    count = products.shape[-1]
    step = 1 / np.linalg.norm(products, ord=2, axis=(1, 2))[:, None]
    weights: Matrix = np.full(products.shape[:2], 1 / count)
    ahead, momentum = weights, np.ones((len(products), 1))
    moving = np.ones((len(products), 1), dtype=bool)
    for _ in range(rounds):
        gradient = np.einsum("nij,nj->ni", products, ahead) - pull
        moved = project(ahead - step * gradient)
        uphill = ((ahead - moved) * (moved - weights)).sum(axis=1, keepdims=True) > 0
        momentum = np.where(uphill, 1.0, momentum)
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = moved + np.where(uphill, 0.0, (momentum - 1) / following) * (moved - weights)
        change = np.abs(moved - weights).max(axis=1, keepdims=True)
        weights, momentum = np.where(moving, moved, weights), following
        moving &= change >= tolerance
        if not moving.any():
            break
    return weights


def project(points: Matrix) -> Matrix:
    """The nearest point of the simplex to each row (Duchi et al. 2008)."""
    ordered = -np.sort(-points, axis=1)
    excess = np.cumsum(ordered, axis=1) - 1
    ranks = np.arange(1, points.shape[1] + 1)
    positive = (ordered * ranks > excess).sum(axis=1)
    shift = excess[np.arange(len(points)), positive - 1] / positive
    return np.asarray(np.maximum(points - shift[:, None], 0))
