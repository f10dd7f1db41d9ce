"""GARCH, GJR and EGARCH with Student's t errors, estimated by maximum likelihood (`arch`).

All have a mean of zero: over a day it is far below what can be measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from arch import arch_model
from scipy import stats

from wellhead.analytics.volatility.interface import History, Matrix, Vector

_SCALE = 100  # per cent: a scale that suits the optimiser
_LARGEST_SHOCK = 10  # standard deviations
_NODES = 60
_Kind = Literal["garch", "gjr", "egarch"]


@dataclass(frozen=True)
class Garch:
    """A model of order (1, 1), with an asymmetric term but for `garch`.

    Bollerslev 1986 and 1987; Glosten, Jagannathan & Runkle 1993; Nelson 1991.
    """

    kind: _Kind
    needed: int = 500

    @property
    def name(self) -> str:
        """Such as `garch-t`."""
        return f"{self.kind}-t"

    def fit(self, past: History, horizons: Sequence[int]) -> "FittedGarch":
        """Maximum likelihood on all of the past."""
        result = self._model(past.changes).fit(disp="off", show_warning=False)
        return FittedGarch(self, dict(result.params))

    def _model(self, changes: Vector) -> Any:
        shape = {
            "garch": {"vol": "GARCH", "o": 0},
            "gjr": {"vol": "GARCH", "o": 1},
            "egarch": {"vol": "EGARCH", "o": 1},
        }[self.kind]
        return arch_model(_SCALE * changes, mean="Zero", p=1, q=1, dist="t", rescale=False, **shape)


@dataclass(frozen=True)
class FittedGarch:
    """A model and its parameters, of changes in per cent."""

    model: Garch
    parameters: dict[str, float]

    def variances(self, past: History, horizons: Sequence[int]) -> Matrix:
        """The expected variance of each coming day by the model's recursion, averaged."""
        next_day = self._next_day(past.changes)
        ahead = self._log_path if self.model.kind == "egarch" else self._path
        means = np.cumsum(ahead(next_day, max(horizons)), axis=1)
        chosen = means[:, [h - 1 for h in horizons]]
        return np.asarray(chosen / np.asarray(horizons) / _SCALE**2)

    def _next_day(self, changes: Vector) -> Vector:
        """The variance that follows each day. One more day, of any value, carries the last one."""
        values = np.array(list(self.parameters.values()))
        fixed = self.model._model(np.append(changes, 0.0)).fix(values)
        variances: Vector = np.asarray(fixed.conditional_volatility, dtype=float) ** 2
        return variances[1:]

    def _path(self, next_day: Vector, count: int) -> Matrix:
        """Half of the shocks are negative: the asymmetric term counts half."""
        of = self.parameters
        persistence = of["alpha[1]"] + of["beta[1]"] + of.get("gamma[1]", 0.0) / 2
        path = [next_day]
        for _ in range(count - 1):
            path.append(of["omega"] + persistence * path[-1])
        return np.column_stack(path)

    def _log_path(self, next_day: Vector, count: int) -> Matrix:
        """The logarithm is autoregressive with independent shocks, so its exponential's mean is a
        product of one expectation a shock, which fades with the power of beta."""
        of = self.parameters
        powers = np.power(of["beta[1]"], np.arange(count, dtype=float))
        effects = _mean_effects(powers[:-1], of["alpha[1]"], of["gamma[1]"], of["nu"])
        drift = np.concatenate([[0.0], np.cumsum(np.log(effects) + powers[:-1] * of["omega"])])
        return np.asarray(np.exp(drift + powers * np.log(next_day)[:, None]))


def _mean_effects(powers: Vector, alpha: float, gamma: float, freedom: float) -> Vector:
    """E exp(power · (α(|z| − √(2/π)) + γz)) for a standardised t, by Gauss and Legendre's rule.

    It is infinite for a t (Nelson 1991); shocks beyond ten standard deviations are left out.
    """
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    right = (nodes + 1) / 2 * _LARGEST_SHOCK
    z = np.concatenate([-right, right])  # the exponent has a kink at zero
    unit = np.sqrt((freedom - 2) / freedom)
    density = stats.t.pdf(z / unit, freedom) / unit * np.tile(weights, 2) * _LARGEST_SHOCK / 2
    log = alpha * (np.abs(z) - np.sqrt(2 / np.pi)) + gamma * z
    with np.errstate(over="ignore"):  # the backtest leaves out forecasts that explode
        return np.asarray(np.exp(np.outer(powers, log)) @ density)
