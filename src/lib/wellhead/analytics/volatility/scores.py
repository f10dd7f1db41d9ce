"""How good forecasts of volatility were, by QLIKE."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from wellhead.analytics.volatility.interface import Vector
from wellhead.analytics.volatility.models import BENCHMARK
from wellhead.evaluation.scoring.confidence_set import bootstrapped, eliminated
from wellhead.evaluation.scoring.significance import diebold_mariano

SIZE = 0.10  # of the model confidence set


def qlike(variance: Vector, realised: Vector) -> Vector:
    """realised / variance − ln(realised / variance) − 1, zero for a perfect forecast.

    It ranks forecasts as their true variance would, although squared changes measure that with
    noise (Patton 2011). NaN for days without a change: their logarithm is not defined.
    """
    ratio = realised / np.where(realised > 0, variance, np.nan)
    return np.asarray(ratio - np.log(ratio) - 1)


def loss(variance: Vector, realised: Vector) -> Vector:
    """QLIKE without what depends on the outcome alone: the same differences, and no gap."""
    return np.asarray(np.log(variance) + realised / variance)


def score(backtests: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a (horizon, model), the best first.

    `backtests`: the frames of `backtest` by the models' names, all of one history. Origins count
    that all have with an outcome. Columns: origins, qlike, ratio (to EWMA's), p_value
    (Diebold–Mariano against EWMA, one-sided) and p_in_set (the size at which a model leaves the
    model confidence set; the best has 1).
    """
    together = pd.concat(
        {name: frame.set_index(["origin", "horizon"]) for name, frame in backtests.items()},
        axis=1,
        join="inner",
    ).dropna()
    rows = [
        _of_horizon(of_horizon, list(backtests))
        for _, of_horizon in together.groupby(level="horizon")
    ]
    return pd.concat(rows)


def _of_horizon(together: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    horizon = int(together.index.get_level_values("horizon")[0])
    pairs = {
        name: (together[name]["variance"].to_numpy(), together[name]["realised"].to_numpy())
        for name in names
    }
    losses = pd.DataFrame({name: loss(*pair) for name, pair in pairs.items()})
    shown = {name: np.nanmean(qlike(*pair)) for name, pair in pairs.items()}
    table = pd.DataFrame({"qlike": shown})
    table["ratio"] = table["qlike"] / table["qlike"][BENCHMARK]
    table["p_value"] = [
        diebold_mariano(losses[name].to_numpy(), losses[BENCHMARK].to_numpy(), horizon)
        for name in names
    ]
    table["p_in_set"] = _p_in_set(losses.to_numpy(), horizon)
    table.insert(0, "origins", len(losses))
    table = table.rename_axis("model").sort_values("qlike").reset_index()
    table.insert(0, "horizon", horizon)
    return table


def _p_in_set(losses: np.ndarray, overlap: int) -> Vector:
    if losses.shape[1] < 2:
        return np.ones(losses.shape[1])
    return bootstrapped(losses, SIZE, 1000, 0) if overlap == 1 else eliminated(losses, overlap)
