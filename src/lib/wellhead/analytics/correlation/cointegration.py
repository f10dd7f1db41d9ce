"""Do two or more prices share one trend, and how fast does a deviation from it fade?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.tsa.stattools import coint
from statsmodels.tsa.vector_ar.vecm import coint_johansen

from wellhead.errors import NotEnoughHistoryError

FEWEST = 250  # days
_DIFFERENCES = 5  # lagged, in Johansen's model: a week
_MONTH = 21  # lagged differences in the test of the deviation, one for 50 days at most


@dataclass(frozen=True)
class Cointegration:
    """Prices in levels, so that negative ones count.

    `weights`: by Engle & Granger, the first price less these times the others has no trend.
    `p_value`: of no cointegration (Engle & Granger 1987, MacKinnon's distribution). `rank`: number
    of common relations by Johansen's trace test (1991) at 5 %. `half_life`: days in which a
    deviation fades by a half, with an interval of 95 % (infinite: it may never fade). `deviation`:
    the newest, in the first price's unit, and in standard deviations (`z`).
    """

    days: int
    weights: dict[str, float]
    p_value: float
    rank: int
    half_life: float
    half_life_low: float
    half_life_high: float
    deviation: float
    z: float


def cointegration(prices: pd.DataFrame) -> Cointegration:
    """Of prices by day, a column each; days that all have.

    Raises NotEnoughHistoryError with fewer than 250 such days, or where a price does not move.
    """
    known = prices.dropna()
    if len(known) < FEWEST or not known.std().all():
        raise NotEnoughHistoryError(
            f"cointegration needs {FEWEST} common days of prices that move and has {len(known)}: "
            "load more history."
        )
    first, others = known.iloc[:, 0], known.iloc[:, 1:]
    regressors = np.column_stack([np.ones(len(known)), others])
    weights = np.linalg.lstsq(regressors, first, rcond=None)[0]
    deviation = first.to_numpy() - regressors @ weights
    half_life, low, high = _half_life(deviation)
    # Counted from the first day and without a constant: with one, the test rejects 12 % of the true
    # hypotheses of prices without a drift.
    lags = min(_MONTH, len(known) // 50)
    trace = coint_johansen((known - known.iloc[0]).to_numpy(), -1, _DIFFERENCES)
    return Cointegration(
        days=len(known),
        weights=dict(zip(others.columns, map(float, weights[1:]), strict=True)),
        p_value=float(coint(first, others, maxlag=lags, autolag=None)[1]),
        rank=_rank(trace.lr1, trace.cvt[:, 1]),
        half_life=half_life,
        half_life_low=low,
        half_life_high=high,
        deviation=float(deviation[-1]),
        z=float(deviation[-1] / deviation.std()),
    )


def _rank(statistics: np.ndarray, critical: np.ndarray) -> int:
    """The number of hypotheses rejected from the first on: relations beyond the first not rejected
    do not count."""
    accepted = np.flatnonzero(statistics <= critical)
    return int(accepted[0]) if len(accepted) else len(statistics)


def _half_life(deviation: np.ndarray) -> tuple[float, float, float]:
    """ln ½ / ln ρ of an autoregression of order one, with the interval of ρ ± 1.96 errors."""
    before, after = deviation[:-1], deviation[1:]
    rho = before @ after / (before @ before)
    error = np.sqrt((after - rho * before).var(ddof=1) / (before @ before))
    of = [_days(rho), _days(rho - 1.96 * error), _days(rho + 1.96 * error)]
    return of[0], of[1], of[2]


def _days(rho: float) -> float:
    if rho >= 1:
        return float("inf")
    return float(np.log(0.5) / np.log(rho)) if rho > 0 else 0.0
