"""ARIMA on changes in typical changes."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from statsmodels.tsa.arima.model import ARIMA
from threadpoolctl import threadpool_limits

from wellhead.models.artifacts import to_json
from wellhead.models.bands import Matrix, Vector, band_quantiles, typical_change
from wellhead.models.base import Forecaster
from wellhead.models.naive import past_widths

_LIMIT = 6.0  # typical changes; a normal price passes it about once in 600,000 days
_STATE_WINDOW = 250  # sessions after which an ARMA's memory of its start is gone


@dataclass(frozen=True)
class ArimaParameters:
    """`window`: sessions fitted on. `max_order`: largest p and q. `band_window`: see `NoChange`."""

    window: int = 1500
    max_order: int = 2
    band_window: int = 2500


class Arima(Forecaster[ArimaParameters]):
    """ARIMA(p, 1, q) without drift, its order chosen by AICc (Hurvich & Tsai 1989).

    Each change is divided by the typical change of the day before: a weighting that keeps a wild
    month from ruling the fit. Changes count as at most 6 typical ones (Huber 1964): without that
    limit 2020-04-20 alone sets the moving-average term. The limit bounds what a day may teach;
    prices themselves are not touched, and the forecast starts from the last one as it is.

    Between refits the parameters stay and the state runs through the newest changes. Bands are
    those of `NoChange` around the mean: what an ARMA explains of a daily price is too little to
    narrow them.
    """

    name = "arima"
    min_history = 250
    parameters = ArimaParameters
    _order: tuple[int, int]
    _weights: list[float]

    def _fit(self, history: pd.DataFrame) -> None:
        moves = _moves(history["value"])[-self.params.window :]
        orders = range(self.params.max_order + 1)
        with _one_thread():
            fits = [_fit_order(moves, (p, q)) for p, q in product(orders, repeat=2)]
        _, self._order, self._weights = min(fits)

    def _changes(self, history: pd.DataFrame, horizon: int) -> tuple[Vector, Matrix]:
        moves = _moves(history["value"])[-_STATE_WINDOW:]
        with _one_thread():
            coming = _arma(moves, self._order).filter(self._weights).forecast(horizon)
        scale = float(typical_change(history["value"]).iloc[-1])
        mean = scale * np.cumsum(coming)
        return mean, band_quantiles(mean, past_widths(history, horizon, self.params.band_window))

    def _state(self) -> dict[str, bytes]:
        return {"arma.json": to_json({"order": self._order, "weights": self._weights})}

    def _restore(self, files: Mapping[str, bytes]) -> None:
        state = json.loads(files["arma.json"])
        self._order, self._weights = tuple(state["order"]), state["weights"]


def _one_thread() -> threadpool_limits:
    """A Kalman filter multiplies tiny matrices: threads make it five times slower."""
    return threadpool_limits(1, user_api="blas")


def _moves(value: "pd.Series[float]") -> Vector:
    """Changes in typical changes of the day before, limited; zero where a price never moved."""
    change, scale = value.diff(), typical_change(value).shift()
    moves = (change / scale).mask(change == 0, 0.0).clip(-_LIMIT, _LIMIT)
    return moves.iloc[2:].to_numpy(dtype=float)  # the first change has no day before


def _arma(moves: Vector, order: tuple[int, int]) -> ARIMA:
    return ARIMA(moves, order=(order[0], 0, order[1]), trend="n")


def _fit_order(moves: Vector, order: tuple[int, int]) -> tuple[float, tuple[int, int], list[float]]:
    with warnings.catch_warnings():
        # A start outside the stationary region, or an optimum on its edge: AICc sorts it out.
        warnings.simplefilter("ignore")
        fitted = _arma(moves, order).fit()
    return float(fitted.aicc), order, [float(weight) for weight in fitted.params]
