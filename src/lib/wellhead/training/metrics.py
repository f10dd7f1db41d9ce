"""How good forecasts were: small pure functions, and the table of them against a benchmark."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.errors import NoDataError
from wellhead.tables import QUANTILES, STATISTICS
from wellhead.training.known import seen_at
from wellhead.training.significance import (
    diebold_mariano,
    giacomini_white,
    overlapping_origins,
    pesaran_timmermann,
)

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

SCORED_HORIZONS = (1, 5, 21, 63)
BENCHMARK = "no-change"
POOLED = 0  # the horizon of a score over all horizons
_QUANTILE_COLUMNS = list(STATISTICS[1:])


def mspe_ratio(actual: Vector, forecast: Vector, benchmark: Vector) -> float:
    """Mean squared prediction error over the benchmark's; below 1 is better than it."""
    return _ratio(np.mean((actual - forecast) ** 2), np.mean((actual - benchmark) ** 2))


def mae_ratio(actual: Vector, forecast: Vector, benchmark: Vector) -> float:
    """Mean absolute error over the benchmark's; below 1 is better than it."""
    return _ratio(np.mean(np.abs(actual - forecast)), np.mean(np.abs(actual - benchmark)))


def mase(actual: Vector, forecast: Vector, one_step_mae: Vector) -> float:
    """Mean absolute scaled error (Hyndman & Koehler 2006, eq. 4).

    Each error is divided by the mean absolute one-session change that was visible at its origin.
    """
    return float(np.mean(np.abs(actual - forecast) / one_step_mae))


def pinball(actual: Vector, quantiles: Matrix) -> Vector:
    """Mean quantile (pinball) loss of each of the seven quantiles, in the price's unit.

    With level τ, quantile q and outcome y: max(τ (y − q), (τ − 1) (y − q)) (Koenker & Bassett
    1978). `quantiles` is rows × 7.
    """
    levels, error = np.array(QUANTILES), actual[:, None] - quantiles
    return np.asarray(np.maximum(levels * error, (levels - 1) * error).mean(axis=0))


def crps(actual: Vector, quantiles: Matrix) -> float:
    """Continuous ranked probability score from seven quantiles, in the price's unit.

    CRPS = 2 ∫ pinball(τ) dτ over 0 to 1 (Gneiting & Ranjan 2011, eq. 3), as a sum in which each
    level stands for the stretch of τ that is nearest to it.
    """
    edges = np.concatenate([[0.0], np.add(QUANTILES[1:], QUANTILES[:-1]) / 2, [1.0]])
    return float(2 * np.diff(edges) @ pinball(actual, quantiles))


def coverage(actual: Vector, lower: Vector, upper: Vector) -> float:
    """Share of outcomes from `lower` to `upper`, both included."""
    return float(np.mean((lower <= actual) & (actual <= upper)))


def interval_score(actual: Vector, lower: Vector, upper: Vector, probability: float) -> float:
    """Winkler's score: width, plus 2/α times the distance by which it missed; α = 1 − probability.

    Mean over outcomes, in the price's unit; lower is better (Gneiting & Raftery 2007, eq. 43).
    """
    missed = np.maximum(lower - actual, 0) + np.maximum(actual - upper, 0)
    return float(np.mean(upper - lower + 2 / (1 - probability) * missed))


def directional_accuracy(actual: Vector, forecast: Vector, last: Vector) -> float:
    """Share of changes whose sign the forecast had right.

    Only where the price moved and the forecast says it does: NaN for no-change.
    """
    said, happened = np.sign(forecast - last), np.sign(actual - last)
    clear = (said != 0) & (happened != 0)
    return float(np.mean(said[clear] == happened[clear])) if clear.any() else math.nan


def score(
    forecasts: pd.DataFrame,
    benchmark: pd.DataFrame,
    horizons: Sequence[int] = SCORED_HORIZONS,
) -> pd.DataFrame:
    """Score one model's backtest against the benchmark's.

    Both frames come from `backtest`. Only pairs (origin, horizon) that both have, with a price to
    compare with, count. The result has one row a (horizon, metric): model, horizon (0 pools all
    horizons of the backtest, scored or not), metric, value (NaN where not defined), origins,
    first_origin, last_origin. `dm_p_value` is of squared errors, averaged over the horizons of an
    origin when pooled.

    Raises NoDataError when the frames have no pair in common.
    """
    pairs = _pairs(forecasts, benchmark)
    scored = [(POOLED, pairs), *((h, pairs[pairs["horizon"] == h]) for h in horizons)]
    rows = [
        {
            "model": pairs["model"].iloc[0],
            "horizon": horizon,
            "metric": metric,
            "value": compute(part),
            "origins": part["made_at"].nunique(),
            "first_origin": part["made_at"].min(),
            "last_origin": part["made_at"].max(),
        }
        for horizon, part in scored
        if len(part)
        for metric, compute in METRICS.items()
    ]
    return pd.DataFrame(rows)


def _pairs(forecasts: pd.DataFrame, benchmark: pd.DataFrame) -> pd.DataFrame:
    other = benchmark[["made_at", "horizon", "mean"]].rename(columns={"mean": "benchmark"})
    pairs = forecasts.dropna(subset="actual").merge(other, on=["made_at", "horizon"])
    if pairs.empty:
        raise NoDataError(
            "the backtests share no origin with a known price: use one plan for both."
        )
    return pairs.sort_values(["made_at", "horizon"], ignore_index=True)


def _ratio(error: np.floating, of_benchmark: np.floating) -> float:
    return float(error / of_benchmark) if of_benchmark > 0 else math.nan


def _p_value(test: Callable[[Vector, Vector, int], float]) -> Callable[[pd.DataFrame], float]:
    """A test of squared errors against the benchmark's, averaged over the horizons of an origin."""

    def compute(pairs: pd.DataFrame) -> float:
        squared = pd.DataFrame(
            {
                "model": (pairs["actual"] - pairs["mean"]) ** 2,
                "benchmark": (pairs["actual"] - pairs["benchmark"]) ** 2,
            }
        )
        by_origin = squared.groupby(pairs["made_at"]).mean()
        ours, theirs = _columns(by_origin, "model", "benchmark")
        return test(ours, theirs, _overlap(pairs))

    return compute


def _directional_p_value(pairs: pd.DataFrame) -> float:
    """Of one horizon; NaN for several at once, whose directions are no single series."""
    moved = (pairs["mean"] != pairs["last_value"]) & (pairs["actual"] != pairs["last_value"])
    clear = pairs[moved]
    if clear.empty or len(pairs["horizon"].unique()) > 1:
        return math.nan
    said, came, last = _columns(clear, "mean", "actual", "last_value")
    return pesaran_timmermann(said > last, came > last, _overlap(clear))


def _overlap(pairs: pd.DataFrame) -> int:
    days = pairs.assign(target_at=seen_at(pairs)).groupby("made_at")
    return overlapping_origins(days[["last_observed_at", "target_at"]].max())


def _interval(
    function: Callable[..., float], lower: str, upper: str, **settings: float
) -> Callable[[pd.DataFrame], float]:
    return lambda p: function(*_columns(p, "actual", lower, upper), **settings)


def _columns(pairs: pd.DataFrame, *names: str) -> list[Vector]:
    return [pairs[name].to_numpy(dtype=float) for name in names]


METRICS: dict[str, Callable[[pd.DataFrame], float]] = {
    "mspe_ratio": lambda p: mspe_ratio(*_columns(p, "actual", "mean", "benchmark")),
    "mae_ratio": lambda p: mae_ratio(*_columns(p, "actual", "mean", "benchmark")),
    "mase": lambda p: mase(*_columns(p, "actual", "mean", "one_step_mae")),
    "crps": lambda p: crps(p["actual"].to_numpy(), p[_QUANTILE_COLUMNS].to_numpy()),
    "coverage_80": _interval(coverage, "q0.1", "q0.9"),
    "coverage_95": _interval(coverage, "q0.025", "q0.975"),
    "interval_score_80": _interval(interval_score, "q0.1", "q0.9", probability=0.8),
    "interval_score_95": _interval(interval_score, "q0.025", "q0.975", probability=0.95),
    "directional_accuracy": lambda p: directional_accuracy(
        *_columns(p, "actual", "mean", "last_value")
    ),
    "directional_p_value": _directional_p_value,
    "dm_p_value": _p_value(diebold_mariano),
    "gw_p_value": _p_value(giacomini_white),
}
"""Metric name -> its value on pairs: a backtest's rows, with the benchmark's mean beside them."""
