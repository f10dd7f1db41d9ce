"""The volatility of each past day, as a model fitted on all of them sees it."""

from dataclasses import dataclass

import pandas as pd
from arch import arch_model

from wellhead.errors import NotEnoughHistoryError
from wellhead.features.changes import signed_return
from wellhead.features.rolling import SESSIONS_A_YEAR

_NEEDED = 500


@dataclass(frozen=True)
class Garch:
    """A fitted GARCH(1,1): conditional volatility by day, annualised, a ratio; and parameters."""

    volatility: pd.Series
    parameters: pd.Series
    persistence: float


def garch(prices: pd.Series) -> Garch:
    """GARCH(1,1) with Student's t innovations (Bollerslev 1986, 1987) of the signed returns.

    Raises NotEnoughHistoryError under 500 days.
    """
    changes = 100 * signed_return(prices).dropna()  # in per cent, a scale that suits the optimiser
    if len(changes) < _NEEDED:
        raise NotEnoughHistoryError(
            f"GARCH needs {_NEEDED} daily changes and has {len(changes)}: load more history."
        )
    fitted = arch_model(changes, mean="Constant", vol="GARCH", p=1, q=1, dist="t").fit(disp="off")
    annualised = fitted.conditional_volatility / 100 * SESSIONS_A_YEAR**0.5
    persistence = float(fitted.params["alpha[1]"] + fitted.params["beta[1]"])
    return Garch(annualised.rename("garch"), fitted.params, persistence)
