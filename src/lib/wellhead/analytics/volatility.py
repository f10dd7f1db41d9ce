"""Volatility of prices that may be zero or negative."""

from dataclasses import dataclass

import pandas as pd
from arch import arch_model

from wellhead.errors import NotEnoughHistoryError

SESSIONS_A_YEAR = 252
_NEEDED = 500


@dataclass(frozen=True)
class Garch:
    """A fitted GARCH(1,1): conditional volatility by day, annualised, and its parameters."""

    volatility: pd.Series
    parameters: pd.Series
    persistence: float


def relative_changes(prices: pd.Series, window: int = 21) -> pd.Series:
    """Daily price changes in per cent of the mean absolute price of the `window` days before.

    For positive prices this is close to the simple return; it stays finite through zero and
    negative prices, where returns and logs do not exist.
    """
    level = prices.abs().rolling(window, min_periods=window).mean().shift()
    return (100 * prices.diff() / level.where(level > 0)).dropna()


def garch(prices: pd.Series) -> Garch:
    """GARCH(1,1) with Student's t innovations (Bollerslev 1986, 1987) of the relative changes.

    Raises NotEnoughHistoryError under 500 days.
    """
    changes = relative_changes(prices)
    if len(changes) < _NEEDED:
        raise NotEnoughHistoryError(
            f"GARCH needs {_NEEDED} daily changes and has {len(changes)}: load more history."
        )
    fitted = arch_model(changes, mean="Constant", vol="GARCH", p=1, q=1, dist="t").fit(disp="off")
    annualised = fitted.conditional_volatility * SESSIONS_A_YEAR**0.5
    persistence = float(fitted.params["alpha[1]"] + fitted.params["beta[1]"])
    return Garch(annualised.rename("garch"), fitted.params, persistence)


def realised_volatility(prices: pd.Series, window: int = 21) -> pd.Series:
    """Standard deviation of the relative changes over `window` days, annualised, in per cent."""
    volatility: pd.Series = relative_changes(prices).rolling(window).std() * SESSIONS_A_YEAR**0.5
    return volatility
