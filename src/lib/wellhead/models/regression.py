"""Mean reversion, corrected by what spreads, spikes and the season say."""

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
_LARGEST_MOVE = 0.5  # a price that grows by two thirds teaches no more than that
_BURN_IN = 250  # rows before the trailing mean is one
_FEWEST_ROWS = 250


Lesson = tuple[Matrix, Vector, Vector]
"""Scaled inputs, signed logarithms of the price, and its gap to the trailing mean."""


@dataclass(frozen=True)
class RegressionParameters(Parameters):
    """`speed`, `window`: of the mean reversion that it starts from. `prior_rows`,
    `prior_rows_a_session`: how many rows of past the prior, that no input matters, counts as, and
    how many more for each session ahead. `sister`: the instrument whose past teaches as well.
    `stocks`: whether crude stocks are an input, where they are loaded (docs/benchmarks.md says why
    they are not by default).
    """

    speed: float = 0.02
    window: int = 1260
    prior_rows: int = 5_000
    prior_rows_a_session: int = 100
    sister: str = ""
    stocks: bool = False


class Regression(Forecaster[RegressionParameters]):
    """Mean reversion, plus a ridge regression of what it has left unexplained, a horizon at a time.

    For each horizon of a grid the error of mean reversion over that many sessions, in signed
    logarithms, is regressed on the inputs of `wellhead.models.regression_inputs`: reversal,
    momentum, spikes, season, the spreads to related prices. There is no intercept. All of the past
    counts, and the prior that nothing matters counts as 5,000 rows, 20 years, and as 100 more for
    each session ahead, for outcomes that overlap say less.

    WTI and Brent are nearly one good: each is taught by the past of both, its own and that of its
    sister with the roles exchanged, which count as one past between them.

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
        "was no better than mean reversion at three months and more."
    )
    parameters = RegressionParameters
    _names: list[str]
    _sizes: Vector
    _weights: Matrix  # horizons × inputs

    def _fit(self, history: pd.DataFrame) -> None:
        found = self._inputs(history)
        past = found.to_numpy()[_BURN_IN:]
        seen = np.isfinite(past).any(axis=0) & (np.nan_to_num(np.abs(past)).max(axis=0) > 0)
        self._names = list(found.columns[seen])
        self._sizes = 1.25 * np.nanmean(np.abs(past[:, seen]), axis=0)  # the σ of a normal
        lessons = [self._lesson(history)]
        if (sister := self.params.sister) in history:
            exchanged = {"value": history[sister], sister: history["value"]}
            lessons.append(self._lesson(history.assign(**exchanged)))
        self._weights = np.array([self._ridge(lessons, h) for h in HORIZONS])

    def _inputs(self, history: pd.DataFrame) -> pd.DataFrame:
        return inputs(history, self.params.sister, self.params.stocks)

    def _lesson(self, history: pd.DataFrame) -> Lesson:
        logs = signed_log(history["value"].astype(float))
        gap = logs.rolling(self.params.window, min_periods=_BURN_IN).mean() - logs
        rows = self._scaled(self._inputs(history))
        return rows[_BURN_IN:], vector(logs)[_BURN_IN:], vector(gap)[_BURN_IN:]

    def _ridge(self, lessons: list[Lesson], horizon: int) -> Vector:
        """Weights of the inputs in the error of mean reversion over `horizon` sessions."""
        share, taught = closed(self.params.speed, np.array([float(horizon)])), []
        for rows, logs, gap in lessons:
            left = logs[horizon:] - logs[:-horizon] - share * gap[:-horizon]
            known = np.isfinite(left)
            if known.sum() >= _FEWEST_ROWS:
                seen = rows[:-horizon][known]
                left = np.clip(left[known], -_LARGEST_MOVE, _LARGEST_MOVE)
                taught.append((seen.T @ seen, seen.T @ left))
        if not taught:
            return np.zeros(len(self._names))
        squares, products = (np.mean(part, axis=0) for part in zip(*taught, strict=True))
        prior = self.params.prior_rows + self.params.prior_rows_a_session * horizon
        return np.asarray(np.linalg.solve(squares + prior * np.eye(len(squares)), products))

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
        newest = self._scaled(self._inputs(history.iloc[-MEMORY:]))[-1]
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
