"""ARIMA on limited moves, with drift or leading prices where the past speaks for them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wellhead.models.arma import Arma, best_arma
from wellhead.models.artifacts import to_json
from wellhead.models.bands import Vector, vector
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


class Arima(Forecaster[ArimaParameters]):
    """ARIMA(p, 1, q), its order chosen by AICc, with the day-before moves of WTI and Brent.

    It is fitted on limited moves (`wellhead.models.moves`). Regressors are moves of the other
    crude one session earlier, which are known when the next session is forecast; AICc also
    decides whether they stay. WTI leads Brent so, whose price is taken hours earlier. The forecast
    starts from the last price as it is.

    Orders are compared by conditional sums of squares and the best is fitted by maximum likelihood
    (`wellhead.models.arma`). Between refits the weights stay and the state runs through the newest
    moves.
    """

    name = "arima"
    covariates = ("WTI", "BRENT")
    min_history = 250
    source = (
        "Box & Jenkins 1970; AICc: Hurvich & Tsai 1989, Biometrika 76; orders compared by "
        "conditional squares: Hyndman & Khandakar 2008, Journal of Statistical Software 27; "
        "fitted by statsmodels' maximum likelihood; limits: Huber 1964."
    )
    limits = "It knows the last days alone: beyond a week it is no-change."
    parameters = ArimaParameters
    _leads: tuple[str, ...]
    _arma: Arma

    def _fit(self, history: pd.DataFrame) -> None:
        moves = limited_moves(history["value"]).iloc[2:].iloc[-self.params.window :]
        others, drift = self._others(history), (DRIFT,) * self.params.drift
        choices = [drift, (*others, *drift)] if others else [drift]
        led = _moves_of((*others, *drift), history).shift().loc[moves.index]
        columns = [led[list(names)].to_numpy() for names in choices]
        chosen, self._arma = best_arma(vector(moves), columns, self.params.max_order)
        self._leads = choices[chosen]

    def _mean(self, history: pd.DataFrame, sessions: int) -> Vector:
        arma = self._arma
        moves = vector(limited_moves(history["value"]))[2:][-_STATE_WINDOW:]
        # A row of `leads` leads the session after it: the newest one leads the first to come.
        leads = _moves_of(self._leads, history).to_numpy()[-len(moves) - 1 :]
        coming = np.zeros((sessions, len(self._leads)))
        coming[0] = leads[-1]
        coming[:, [name == DRIFT for name in self._leads]] = 1.0
        left = moves - leads[:-1] @ arma.regression
        return in_prices(history, coming @ arma.regression + arma.continued(left, sessions))

    def _others(self, history: pd.DataFrame) -> tuple[str, ...]:
        """The covariates that are there and are not the price itself."""
        present = [name for name in self.covariates if name in history and self.params.exogenous]
        return tuple(name for name in present if not history[name].equals(history["value"]))

    def _state(self) -> dict[str, bytes]:
        arma = self._arma
        weights = {"lead_weights": arma.regression, "ar": arma.ar, "ma": arma.ma}
        lists = {name: list(values) for name, values in weights.items()}
        return {"arma.json": to_json({"leads": self._leads, **lists})}

    def _restore(self, files: Mapping[str, bytes]) -> None:
        state = json.loads(files["arma.json"])
        weights = (np.array(state[name], dtype=float) for name in ("lead_weights", "ar", "ma"))
        self._leads, self._arma = tuple(state["leads"]), Arma(*weights)


def _moves_of(leads: Sequence[str], history: pd.DataFrame) -> pd.DataFrame:
    """Moves of other prices, a column each; zero where one is not known, one for the drift."""
    moves = {
        name: limited_moves(history[name]).fillna(0.0) if name in history else float(name == DRIFT)
        for name in leads
    }
    return pd.DataFrame(moves, index=history.index, dtype=float)
