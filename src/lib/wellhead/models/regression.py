"""Mean reversion, corrected by a ridge regression on spreads, spikes and the season."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wellhead.features.signed import from_signed_log, signed_log
from wellhead.models.artifacts import to_json
from wellhead.models.bands import Matrix, Vector, vector
from wellhead.models.base import Forecaster
from wellhead.models.mean_reversion import closed_share
from wellhead.models.parameters import Parameters
from wellhead.models.regression_inputs import LIMITS, MEMORY, PRICES, STOCKS, regression_inputs

HORIZONS = (1, 2, 5, 10, 21, 42, 63, 126, 189, 252)  # sessions; interpolated in between
_LIMIT = 4.0  # of an input, in typical sizes
_LARGEST_ERROR = 0.5  # of an error in logarithms: a price that grows by two thirds
_BURN_IN = 250  # rows that the trailing mean needs
_FEWEST_ROWS = 250


TrainingRows = tuple[Matrix, Vector, Vector]
"""Scaled inputs, signed logarithms of the price, and its gap to the trailing mean."""


@dataclass(frozen=True)
class RegressionParameters(Parameters):
    """`speed`, `window`: of the mean reversion that it corrects. `prior_rows`,
    `prior_rows_a_session`: the weight of the prior that no input matters, as a number of rows, and
    the rows to add for each session ahead. `sister`: a second instrument to train on. `stocks`:
    whether crude stocks are an input, where they are loaded (docs/benchmarks.md says why they are
    not by default).
    """

    speed: float = 0.02
    window: int = 1260
    prior_rows: int = 5_000
    prior_rows_a_session: int = 100
    sister: str = ""
    stocks: bool = False


class Regression(Forecaster[RegressionParameters]):
    """Mean reversion, plus a ridge regression of its errors, one for each horizon.

    For each horizon of a grid the error of mean reversion, in signed logarithms, is regressed on
    the inputs of `wellhead.models.regression_inputs`: reversal, momentum, spikes, season, the
    spreads to related prices. There is no intercept. All of the history counts. The prior that no
    input matters counts as 5,000 rows, 20 years, and as 100 more for each session ahead, because
    overlapping outcomes hold less information.

    WTI and Brent are nearly the same good. So each is trained on both, its own history and that of
    its sister with the roles exchanged, which together count as one history.

    Inputs are in typical sizes, limited to four. A missing input is zero and has no effect, so the
    model works with any covariates or none. Errors are limited, so that one extreme day does not
    determine a weight.
    """

    name = "regression"
    covariates = (*PRICES, STOCKS)
    min_history = 500
    source = (
        "Hoerl & Kennard 1970, Technometrics 12; product spreads: Baumeister, Kilian & Zhou 2018, "
        "Macroeconomic Dynamics 22; reversion: Schwartz 1997, Journal of Finance 52."
    )
    limits = (
        "Without covariates it is little more than mean reversion that corrects for spikes. With "
        "less than ten years of history its corrections are tiny. On monthly oil prices of 1993 to "
        "2004 it was no better than mean reversion at three months and more."
    )
    parameters = RegressionParameters
    _names: list[str]
    _sizes: Vector
    _weights: Matrix  # horizons × inputs

    def _fit(self, history: pd.DataFrame) -> None:
        columns = self._inputs(history)
        past = columns.to_numpy()[_BURN_IN:]
        used = np.isfinite(past).any(axis=0) & (np.nan_to_num(np.abs(past)).max(axis=0) > 0)
        self._names = list(columns.columns[used])
        self._sizes = 1.25 * np.nanmean(np.abs(past[:, used]), axis=0)  # the σ of a normal
        parts = [self._training_rows(history)]
        if (sister := self.params.sister) in history:
            exchanged = {"value": history[sister], sister: history["value"]}
            parts.append(self._training_rows(history.assign(**exchanged)))
        self._weights = np.array([self._ridge(parts, h) for h in HORIZONS])

    def _inputs(self, history: pd.DataFrame) -> pd.DataFrame:
        return regression_inputs(history, self.params.sister, self.params.stocks)

    def _training_rows(self, history: pd.DataFrame) -> TrainingRows:
        logs = signed_log(history["value"].astype(float))
        gap = logs.rolling(self.params.window, min_periods=_BURN_IN).mean() - logs
        rows = self._scaled(self._inputs(history))
        return rows[_BURN_IN:], vector(logs)[_BURN_IN:], vector(gap)[_BURN_IN:]

    def _ridge(self, parts: list[TrainingRows], horizon: int) -> Vector:
        """Weights of the inputs in the error of mean reversion over `horizon` sessions."""
        share, sums = closed_share(self.params.speed, np.array([float(horizon)])), []
        for rows, logs, gap in parts:
            error = logs[horizon:] - logs[:-horizon] - share * gap[:-horizon]
            known = np.isfinite(error)
            if known.sum() >= _FEWEST_ROWS:
                inputs = rows[:-horizon][known]
                error = np.clip(error[known], -_LARGEST_ERROR, _LARGEST_ERROR)
                sums.append((inputs.T @ inputs, inputs.T @ error))
        if not sums:
            return np.zeros(len(self._names))
        squares, products = (np.mean(part, axis=0) for part in zip(*sums, strict=True))
        prior = self.params.prior_rows + self.params.prior_rows_a_session * horizon
        return np.asarray(np.linalg.solve(squares + prior * np.eye(len(squares)), products))

    def _scaled(self, columns: pd.DataFrame) -> Matrix:
        """Inputs in typical sizes, limited; zero where one is missing."""
        values = columns.reindex(columns=self._names).to_numpy() / self._sizes
        limits = np.full(len(self._names), _LIMIT)
        for name, limit in LIMITS.items():
            if name in self._names:
                position = self._names.index(name)
                limits[position] = limit / self._sizes[position]
        return np.asarray(np.nan_to_num(np.clip(values, -limits, limits)))

    def _mean_changes(self, history: pd.DataFrame, sessions: int) -> Vector:
        price = vector(history["value"])[-self.params.window :]
        logs, steps = signed_log(price), np.arange(1.0, sessions + 1)
        newest = self._scaled(self._inputs(history.iloc[-MEMORY:]))[-1]
        correction = np.interp(steps, (0, *HORIZONS), (0.0, *(self._weights @ newest)))
        reversion = (logs.mean() - logs[-1]) * closed_share(self.params.speed, steps)
        changes: Vector = from_signed_log(logs[-1] + (reversion + correction)) - price[-1]
        return changes

    def _state(self) -> dict[str, bytes]:
        inputs = {"inputs": self._names, "sizes": list(self._sizes)}
        weights = dict(zip(map(str, HORIZONS), self._weights.tolist(), strict=True))
        return {"regression.json": to_json({**inputs, "weights": weights})}

    def _restore(self, files: Mapping[str, bytes]) -> None:
        state = json.loads(files["regression.json"])
        self._names, self._sizes = state["inputs"], np.array(state["sizes"])
        self._weights = np.array([state["weights"][str(h)] for h in HORIZONS])
