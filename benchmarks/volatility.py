"""QLIKE of the volatility models, beside the models of `arch` as that library forecasts them.

    .venv/bin/python benchmarks/volatility.py [--prices ../shared/data/prices] [--from 2014-01-01]

Forecasts of the mean squared daily change over the next 1, 5, 22 and 63 sessions, from every
session, refitted every 63 sessions; logarithmic returns, prices of zero and below left out. Peers:
`arch`'s own GARCH-t and EGARCH-t (2,000 simulations), a HAR of squared returns in levels,
RiskMetrics 2006. Prints the losses, their ratio to EWMA's, the p-value against EWMA and that of
leaving the model confidence set; then the choice by past scores, and ours by the best peer's.
`--from 1996-01-01 --to 2013-12-31` shows the years before. The exit status is 1 where the best of
ours is behind the best peer at a horizon.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from arch import arch_model
from arch.univariate import RiskMetrics2006, ZeroMean

from wellhead.analytics.volatility.backtest import backtest
from wellhead.analytics.volatility.har import mean_of_next
from wellhead.analytics.volatility.interface import History, Matrix, history
from wellhead.analytics.volatility.models import MODELS
from wellhead.analytics.volatility.scores import score
from wellhead.analytics.volatility.selection import chosen

FILES = {
    "WTI": "wti_spot_daily",
    "BRENT": "brent_spot_daily",
    "HENRY_HUB": "henry_hub_spot_daily",
}


@dataclass(frozen=True)
class Peer:
    """A model of `arch`, forecast by the library itself."""

    name: str
    kind: str
    needed: int = 500

    def fit(self, past: History, horizons: Sequence[int]) -> "FittedPeer":
        """By the library, on per cent."""
        fitted = self.model(past).fit(disp="off", show_warning=False)
        return FittedPeer(self, np.asarray(fitted.params), len(past) - 1)

    def model(self, past: History) -> Any:
        """The library's model of a history."""
        changes = 100 * past.changes
        if self.kind == "RiskMetrics":
            return ZeroMean(changes, volatility=RiskMetrics2006(), rescale=False)
        asymmetric = int(self.kind == "EGARCH")
        return arch_model(changes, vol=self.kind, p=1, o=asymmetric, q=1, dist="t", rescale=False)


@dataclass(frozen=True)
class FittedPeer:
    """Its parameters, and the position of the last day that they know."""

    peer: Peer
    parameters: Any
    first: int

    def variances(self, past: History, horizons: Sequence[int]) -> Matrix:
        """The library's forecasts from the days since the fit."""
        how: dict[str, Any] = {}
        if self.peer.kind == "EGARCH":
            random = np.random.RandomState(0)
            how = {"method": "simulation", "simulations": 2000, "random_state": random}
        fixed = self.peer.model(past).fix(self.parameters)
        made = fixed.forecast(horizon=max(horizons), start=self.first, reindex=False, **how)
        path = made.variance.to_numpy() / 100**2
        means = np.column_stack([path[:, :h].mean(axis=1) for h in horizons])
        before = np.full((self.first, len(horizons)), np.nan)
        return np.concatenate([before, means])


@dataclass(frozen=True)
class LevelHar:
    """The mean squared return on its means over 1, 5 and 22 days, by least squares (Corsi 2009)."""

    name: str = "har (levels)"
    needed: int = 500

    def fit(self, past: History, horizons: Sequence[int]) -> "LevelHar":
        """Regress, and keep the range of what came."""
        regressors, fits = self.regressors(past), {}
        for horizon in horizons:
            coming = mean_of_next(past.changes**2, horizon)
            known = np.isfinite(coming) & np.isfinite(regressors).all(axis=1)
            weights = np.linalg.lstsq(regressors[known], coming[known], rcond=None)[0]
            lowest = np.quantile(coming[known & (coming > 0)], 0.01)
            fits[horizon] = weights, lowest, coming[known].max(), coming[known].mean()
        object.__setattr__(self, "fits", fits)
        return self

    def variances(self, past: History, horizons: Sequence[int]) -> Matrix:
        """Forecasts; the mean in place of one outside of what was seen (Swanson & White 1997)."""
        columns = []
        for horizon in horizons:
            weights, lowest, highest, usual = self.fits[horizon]  # type: ignore[attr-defined]
            raw = self.regressors(past) @ weights
            columns.append(np.where((raw < lowest) | (raw > highest), usual, raw))
        return np.column_stack(columns)

    def regressors(self, past: History) -> Matrix:
        """A constant and three means."""
        squares = pd.Series(past.changes**2)
        means = [squares.rolling(window).mean() for window in (1, 5, 22)]
        return np.column_stack([np.ones(len(squares)), *means])


PEERS = (
    Peer("arch garch-t", "GARCH"),
    Peer("arch egarch-t", "EGARCH"),
    Peer("RiskMetrics 2006", "RiskMetrics"),
    LevelHar(),
)


def main() -> None:
    """Score every commodity, and compare the best of ours with the best peer."""
    options = argparse.ArgumentParser()
    options.add_argument("--prices", type=Path, default=Path("../shared/data/prices"))
    options.add_argument("--from", dest="first", default="2014-01-01")
    options.add_argument("--to", dest="last", default="2099-12-31")
    asked = options.parse_args()
    behind = False
    for name, file in FILES.items():
        past = read(asked.prices / f"{file}.csv", asked.last)
        first = past.days.searchsorted(pd.Timestamp(asked.first, tz="UTC"))
        if first < 501:
            print(f"{name}: too short for this period")
            continue
        behind |= compare(name, past, int(first))
    raise SystemExit(behind)


def read(file: Path, last: str) -> History:
    """Logarithmic returns of the positive prices."""
    prices = pd.read_csv(file, index_col=0, parse_dates=[0]).iloc[:, 0].dropna()
    positive = prices[prices > 0].tz_localize("UTC").loc[:last]
    return history(np.log(positive).diff().dropna())


def compare(name: str, past: History, first: int) -> bool:
    """Print one commodity's table. Returns whether a peer is ahead at a horizon."""
    ours = {each.name: backtest(each, past, first) for each in MODELS.values()}
    peers = {each.name: backtest(each, past, first) for each in PEERS}  # type: ignore[arg-type]
    made = {"chosen": chosen(ours)[["origin", "horizon", "variance", "realised"]]}
    table = score({**ours, **peers, **made})
    print(f"\n{name}, {past.days[first].date()} to {past.days[-1].date()}")
    print(table.round(3).to_string(index=False))
    best = table.pivot(index="horizon", columns="model", values="qlike")
    ratio = best[[*ours, "chosen"]].min(axis=1) / best[list(peers)].min(axis=1)
    print("best of ours by the best peer:", ratio.round(3).to_dict())
    return bool((ratio > 1.005).any())


if __name__ == "__main__":
    main()
