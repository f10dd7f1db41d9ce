"""ARIMA on winsorised changes, with a drift or leading prices where AICc supports them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wellhead.models.arma import Arma, best_arma
from wellhead.models.artifacts import to_json
from wellhead.models.bands import Vector, vector
from wellhead.models.base import Forecaster
from wellhead.models.parameters import Parameters
from wellhead.models.winsorised import to_price_changes, winsorised_changes

_STATE_WINDOW = 250  # sessions after which an ARMA has forgotten its initial state
DRIFT = "drift"  # the name of a regressor of ones


@dataclass(frozen=True)
class ArimaParameters(Parameters):
    """`window`: sessions fitted on. `max_order`: largest p and q. `drift`: whether changes may have
    a mean. `exogenous`: whether yesterday's changes of related prices may be regressors.
    """

    window: int = 1500
    max_order: int = 2
    drift: bool = False
    exogenous: bool = True


class Arima(Forecaster[ArimaParameters]):
    """ARIMA(p, 1, q), its order chosen by AICc, with yesterday's changes of WTI and Brent.

    It is fitted on winsorised changes (`wellhead.models.winsorised`). Regressors are the changes of
    the other crude one session earlier, which are known when the next session is forecast; AICc
    also decides whether they stay. So WTI leads Brent, whose price is set hours earlier. The
    forecast starts from the last price.

    Orders are compared by conditional sums of squares and the best is fitted by maximum likelihood
    (`wellhead.models.arma`). Between refits the weights stay and the state is updated with the
    newest changes.
    """

    name = "arima"
    covariates = ("WTI", "BRENT")
    min_history = 250
    source = (
        "Box & Jenkins 1970; AICc: Hurvich & Tsai 1989, Biometrika 76; orders compared by "
        "conditional squares: Hyndman & Khandakar 2008, Journal of Statistical Software 27; "
        "fitted by statsmodels' maximum likelihood; limits: Huber 1964."
    )
    limits = "It uses only the last days: beyond a week it is no-change."
    parameters = ArimaParameters
    _leads: tuple[str, ...]
    _arma: Arma

    def _fit(self, history: pd.DataFrame) -> None:
        changes = winsorised_changes(history["value"]).iloc[2:].iloc[-self.params.window :]
        others, drift = self._others(history), (DRIFT,) * self.params.drift
        choices = [drift, (*others, *drift)] if others else [drift]
        lagged = _regressors((*others, *drift), history).shift().loc[changes.index]
        columns = [lagged[list(names)].to_numpy() for names in choices]
        chosen, self._arma = best_arma(vector(changes), columns, self.params.max_order)
        self._leads = choices[chosen]

    def _mean_changes(self, history: pd.DataFrame, sessions: int) -> Vector:
        arma = self._arma
        changes = vector(winsorised_changes(history["value"]))[2:][-_STATE_WINDOW:]
        # Each row leads the session after it: the newest one leads the first future session.
        leads = _regressors(self._leads, history).to_numpy()[-len(changes) - 1 :]
        future = np.zeros((sessions, len(self._leads)))
        future[0] = leads[-1]
        future[:, [name == DRIFT for name in self._leads]] = 1.0
        residuals = changes - leads[:-1] @ arma.regression
        path = future @ arma.regression + arma.forecast(residuals, sessions)
        return to_price_changes(history, path)

    def _others(self, history: pd.DataFrame) -> tuple[str, ...]:
        """The covariates in the history that are not the price itself."""
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


def _regressors(leads: Sequence[str], history: pd.DataFrame) -> pd.DataFrame:
    """Changes of other prices, a column each; zero where one is unknown, ones for the drift."""
    changes = {
        name: winsorised_changes(history[name]).fillna(0.0)
        if name in history
        else float(name == DRIFT)
        for name in leads
    }
    return pd.DataFrame(changes, index=history.index, dtype=float)
