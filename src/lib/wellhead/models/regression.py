"""Mean reversion, corrected by what spreads, stocks, spikes and the season say."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wellhead.features.signed import from_signed_log, signed_log
from wellhead.models.artifacts import to_json
from wellhead.models.bands import Matrix, Vector, vector
from wellhead.models.base import Forecaster
from wellhead.models.mean_reversion import closed
from wellhead.models.parameters import Parameters
from wellhead.models.regression_inputs import LIMITS, MEMORY, PRICES, STOCKS, inputs

HORIZONS = (1, 2, 5, 10, 21, 42, 63, 126, 189, 252)  # sessions; between them, straight lines
_LIMIT = 4.0  # typical sizes that an input may count as
_LARGEST_MOVE = 1.0  # a price that nearly trebles teaches no more than that
_BURN_IN = 250  # rows before the trailing mean is one
_FEWEST_ROWS = 250


@dataclass(frozen=True)
class RegressionParameters(Parameters):
    """`speed`, `window`: of the mean reversion that it starts from. `prior_rows`: how many rows of
    past the prior, that no input matters, counts as.
    """

    speed: float = 0.02
    window: int = 1260
    prior_rows: int = 20_000


class Regression(Forecaster[RegressionParameters]):
    """Mean reversion, plus a ridge regression of what it has left unexplained, a horizon at a time.

    For each horizon of a grid the error of mean reversion over that many sessions, in signed
    logarithms, is regressed on the inputs of `wellhead.models.regression_inputs`: reversal,
    momentum, spikes, season, the spreads to related prices, crude stocks. There is no intercept.
    All of the past counts, and the prior that nothing matters counts as 20,000 rows, 80 years: the
    correction is half as large as what the past alone would say when there are 80 years of it.

    Inputs are in typical sizes, limited to four; a missing one is zero and has no effect, so the
    model works with any covariates or none. Moves are limited, so that one absurd day does not set
    a weight.
    """

    name = "regression"
    covariates = (*PRICES, STOCKS)
    min_history = 500
    source = (
        "Hoerl & Kennard 1970, Technometrics 12; product spreads: Baumeister, Kilian & Zhou 2018, "
        "Macroeconomic Dynamics 22; reversion: Schwartz 1997, Journal of Finance 52."
    )
    limits = (
        "Without covariates it is little more than mean reversion with a memory for spikes. With "
        "less than ten years of past its corrections are tiny. On oil's months of 1993 to 2004 it "
        "lost 2 % more than mean reversion at twelve months."
    )
    parameters = RegressionParameters
    _names: list[str]
    _sizes: Vector
    _weights: Matrix  # horizons × inputs

    def _fit(self, history: pd.DataFrame) -> None:
        found = inputs(history)
        past = found.to_numpy()[_BURN_IN:]
        seen = np.isfinite(past).any(axis=0) & (np.nan_to_num(np.abs(past)).max(axis=0) > 0)
        self._names = list(found.columns[seen])
        self._sizes = 1.25 * np.nanmean(np.abs(past[:, seen]), axis=0)  # the σ of a normal
        logs = signed_log(history["value"])
        gap = logs.rolling(self.params.window, min_periods=_BURN_IN).mean() - logs
        rows = self._scaled(found)[_BURN_IN:]
        seen_logs, seen_gap = vector(logs)[_BURN_IN:], vector(gap)[_BURN_IN:]
        self._weights = np.array([self._ridge(rows, seen_logs, seen_gap, h) for h in HORIZONS])

    def _ridge(self, rows: Matrix, logs: Vector, gap: Vector, horizon: int) -> Vector:
        """Weights of the inputs in the error of mean reversion over `horizon` sessions."""
        if len(rows) - horizon < _FEWEST_ROWS:
            return np.zeros(rows.shape[1])
        seen, share = rows[:-horizon], closed(self.params.speed, np.array([float(horizon)]))
        left = logs[horizon:] - logs[:-horizon] - share * gap[:-horizon]
        left = np.clip(left, -_LARGEST_MOVE, _LARGEST_MOVE)
        prior = self.params.prior_rows * np.eye(rows.shape[1])
        return np.asarray(np.linalg.solve(seen.T @ seen + prior, seen.T @ left), dtype=float)

    def _scaled(self, found: pd.DataFrame) -> Matrix:
        """Inputs in typical sizes, limited; zero where one is missing."""
        values = found.reindex(columns=self._names).to_numpy() / self._sizes
        limits = np.full(len(self._names), _LIMIT)
        for name, limit in LIMITS.items():
            if name in self._names:
                place = self._names.index(name)
                limits[place] = limit / self._sizes[place]
        return np.asarray(np.nan_to_num(np.clip(values, -limits, limits)))

    def _mean(self, history: pd.DataFrame, sessions: int) -> Vector:
        price = vector(history["value"])[-self.params.window :]
        logs, steps = signed_log(price), np.arange(1.0, sessions + 1)
        newest = self._scaled(inputs(history.iloc[-MEMORY:]))[-1]
        correction = np.interp(steps, (0, *HORIZONS), (0.0, *(self._weights @ newest)))
        moved = (logs.mean() - logs[-1]) * closed(self.params.speed, steps) + correction
        changes: Vector = from_signed_log(logs[-1] + moved) - price[-1]
        return changes

    def _state(self) -> dict[str, bytes]:
        learned = {"inputs": self._names, "sizes": list(self._sizes)}
        weights = dict(zip(map(str, HORIZONS), self._weights.tolist(), strict=True))
        return {"regression.json": to_json({**learned, "weights": weights})}

    def _restore(self, files: Mapping[str, bytes]) -> None:
        state = json.loads(files["regression.json"])
        self._names, self._sizes = state["inputs"], np.array(state["sizes"])
        self._weights = np.array([state["weights"][str(h)] for h in HORIZONS])
