"""Tests whether values at risk and expected shortfalls were right.

Each gives a p-value, small when they were not. The suite simulates their sizes.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.special import xlogy

from wellhead.analytics.volatility.interface import Vector

Flags = NDArray[np.bool_]

_SIMULATIONS = 2000
_FEWEST_EXCEEDED = 5  # losses from which a distribution is drawn


@dataclass(frozen=True)
class RiskRecord:
    """How many losses were larger than the value at risk, and the p-values of three tests.

    `kupiec`: of their number. `christoffersen`: of their number and that they do not cluster.
    `acerbi_szekely`: of their number and size, against the expected shortfall; small only where
    that was too low.
    """

    days: int
    exceeded: int
    expected: float
    kupiec: float
    christoffersen: float
    acerbi_szekely: float


def risk_record(forecasts: pd.DataFrame) -> RiskRecord:
    """The record of one side and level of `risk_forecasts`; only days with an outcome count."""
    known = forecasts.dropna()
    level = float(known["level"].iloc[0])
    loss, at_risk, shortfall = (
        known[name].to_numpy(float) for name in ("loss", "value_at_risk", "expected_shortfall")
    )
    exceeded = loss > at_risk
    return RiskRecord(
        days=len(known),
        exceeded=int(exceeded.sum()),
        expected=len(known) * (1 - level),
        kupiec=kupiec(exceeded, level),
        christoffersen=christoffersen(exceeded, level),
        acerbi_szekely=acerbi_szekely(loss / shortfall, exceeded, level),
    )


def kupiec(exceeded: Flags, level: float) -> float:
    """Two-sided p-value that the share of days exceeded is 1 − level (Kupiec 1995)."""
    return float(stats.chi2.sf(_unconditional(exceeded, level), 1))


def christoffersen(exceeded: Flags, level: float) -> float:
    """The same, and that a day after one exceeded is like any other (Christoffersen 1998)."""
    return float(stats.chi2.sf(_unconditional(exceeded, level) + _independence(exceeded), 2))


def acerbi_szekely(share_of_shortfall: Vector, exceeded: Flags, level: float) -> float:
    """One-sided p-value that expected shortfalls are not too low (Acerbi & Szekely 2014, test 2).

    `share_of_shortfall`: the loss of each day divided by its expected shortfall. The statistic is
    their sum over days exceeded, divided by the expected number of such days: 1 if all is right. It
    is simulated with as many days, and the shares of days exceeded, scaled to a mean of 1. NaN with
    fewer than five such days.
    """
    shares, days, chance = share_of_shortfall[exceeded], len(exceeded), 1 - level
    if len(shares) < _FEWEST_EXCEEDED:
        return math.nan
    random = np.random.default_rng(0)
    scaled = shares / shares.mean()
    counts = random.binomial(days, chance, _SIMULATIONS)
    sums = random.choice(scaled, (_SIMULATIONS, counts.max())).cumsum(axis=1)
    drawn = np.where(counts > 0, sums[np.arange(_SIMULATIONS), counts - 1], 0.0)
    return float((1 + (drawn >= shares.sum()).sum()) / (1 + _SIMULATIONS))


def _unconditional(exceeded: Flags, level: float) -> float:
    days, count, chance = len(exceeded), int(exceeded.sum()), 1 - level
    return 2 * (_log_likelihood(days, count, count / days) - _log_likelihood(days, count, chance))


def _independence(exceeded: Flags) -> float:
    after = {flag: exceeded[1:][exceeded[:-1] == flag] for flag in (False, True)}
    apart = sum(
        _log_likelihood(len(days), int(days.sum()), days.mean())
        for days in after.values()
        if len(days)
    )
    every = exceeded[1:]
    return 2 * (apart - _log_likelihood(len(every), int(every.sum()), every.mean()))


def _log_likelihood(days: int, count: int, chance: float) -> float:
    return float(xlogy(days - count, 1 - chance) + xlogy(count, chance))
