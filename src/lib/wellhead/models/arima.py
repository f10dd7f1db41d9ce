"""ARIMA on limited moves, with drift or leading prices where the past speaks for them."""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from scipy.signal import lfilter
from statsmodels.tsa.arima.model import ARIMA
from threadpoolctl import threadpool_limits

from wellhead.models.artifacts import to_json
from wellhead.models.bands import Matrix, Vector, vector
from wellhead.models.base import Forecaster
from wellhead.models.moves import in_prices, limited_moves
from wellhead.models.parameters import Parameters

_STATE_WINDOW = 250  # sessions after which an ARMA's memory of its start is gone


DRIFT = "drift"  # in the place of a leading price: a column of ones


@dataclass(frozen=True)
class ArimaParameters(Parameters):
    """`window`: sessions fitted on. `max_order`: largest p and q. `drift`: whether moves may have
    a mean. `exogenous`: whether related prices' moves of the day before may enter.
    """

    window: int = 1500
    max_order: int = 2
    drift: bool = False
    exogenous: bool = True


@dataclass(frozen=True)
class _Arma:
    """Leading columns and their weights, and the ARMA of what they leave."""

    leads: tuple[str, ...]
    lead_weights: list[float]
    ar: list[float]
    ma: list[float]


class Arima(Forecaster[ArimaParameters]):
    """ARIMA(p, 1, q), its order chosen by AICc, with the day-before moves of WTI and Brent.

    It is fitted on limited moves (`wellhead.models.moves`). Regressors are moves of the other
    crude one session earlier, which are known when the next session is forecast; AICc also
    decides whether they stay. WTI leads Brent so, whose price is taken hours earlier. The forecast
    starts from the last price as it is.

    Between refits the weights stay and the state runs through the newest moves.
    """

    name = "arima"
    covariates = ("WTI", "BRENT")
    min_history = 250
    source = (
        "Box & Jenkins 1970; AICc: Hurvich & Tsai 1989, Biometrika 76; fitted by statsmodels' "
        "maximum likelihood; limits: Huber 1964."
    )
    limits = "It knows the last days alone: beyond a week it is no-change."
    parameters = ArimaParameters
    _arma: _Arma

    def _fit(self, history: pd.DataFrame) -> None:
        moves = limited_moves(history["value"]).iloc[2:].iloc[-self.params.window :]
        led = _moves_of(self._others(history), history).shift().loc[moves.index]
        choices = [(), tuple(led)] if led.size else [()]
        orders = range(self.params.max_order + 1)
        with threadpool_limits(1, user_api="blas"):  # threads slow tiny matrices down five times
            fits = [
                _fit_order(moves, led[list(chosen)], (p, q), self.params.drift)
                for chosen in choices
                for p, q in product(orders, repeat=2)
            ]
        self._arma = min(fits, key=lambda fit: fit[0])[1]

    def _mean(self, history: pd.DataFrame, sessions: int) -> Vector:
        arma = self._arma
        weights = np.array(arma.lead_weights)
        moves = vector(limited_moves(history["value"]))[2:][-_STATE_WINDOW:]
        # A row of `leads` leads the session after it: the newest one leads the first to come.
        leads = _moves_of(arma.leads, history).to_numpy()[-len(moves) - 1 :]
        coming = np.zeros((sessions, len(weights)))
        coming[0] = leads[-1]
        coming[:, [name == DRIFT for name in arma.leads]] = 1.0
        left = moves - leads[:-1] @ weights
        return in_prices(history, coming @ weights + _continued(left, arma, sessions))

    def _others(self, history: pd.DataFrame) -> tuple[str, ...]:
        """The covariates that are there and are not the price itself."""
        present = [name for name in self.covariates if name in history and self.params.exogenous]
        return tuple(name for name in present if not history[name].equals(history["value"]))

    def _state(self) -> dict[str, bytes]:
        return {"arma.json": to_json(vars(self._arma))}

    def _restore(self, files: Mapping[str, bytes]) -> None:
        state = json.loads(files["arma.json"])
        self._arma = _Arma(**{**state, "leads": tuple(state["leads"])})


def _moves_of(leads: Sequence[str], history: pd.DataFrame) -> pd.DataFrame:
    """Moves of other prices, a column each; zero where one is not known, one for the drift."""
    moves = {
        name: limited_moves(history[name]).fillna(0.0) if name in history else float(name == DRIFT)
        for name in leads
    }
    return pd.DataFrame(moves, index=history.index, dtype=float)


def _continued(left: Vector, arma: _Arma, sessions: int) -> Vector:
    """An ARMA's forecast from where `left` ends."""
    past, future = np.r_[1.0, np.negative(arma.ar)], np.r_[1.0, arma.ma]
    shocks = lfilter(past, future, left)
    # Run on without shocks, from the state that the past has left: the ARMA as a filter of shocks.
    _, state = lfilter(future, past, shocks, zi=np.zeros(max(len(past), len(future)) - 1))
    coming: Vector = lfilter(future, past, np.zeros(sessions), zi=state)[0]
    return coming


def _fit_order(
    moves: "pd.Series[float]", leads: pd.DataFrame, order: tuple[int, int], drift: bool
) -> tuple[float, _Arma]:
    """AICc and what was fitted."""
    regressors = leads.assign(**{DRIFT: 1.0}) if drift else leads
    names, (p, q) = tuple(map(str, regressors)), order
    exogenous: Matrix | None = regressors.to_numpy() if names else None
    with warnings.catch_warnings():
        # A start outside the stationary region, or an optimum on its edge: AICc sorts it out.
        warnings.simplefilter("ignore")
        fitted = ARIMA(moves.to_numpy(), exogenous, order=(p, 0, q), trend="n").fit()
    weights = [float(weight) for weight in fitted.params]
    k = len(names)
    return float(fitted.aicc), _Arma(names, weights[:k], weights[k : k + p], weights[k + p : -1])
