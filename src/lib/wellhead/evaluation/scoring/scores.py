"""The scores of a backtest against a benchmark: every metric at every scored horizon."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from wellhead.calendars import to_utc
from wellhead.catalogue.targets import Target
from wellhead.errors import NoDataError
from wellhead.evaluation.backtesting.outcomes import target_end
from wellhead.evaluation.scoring.metrics import (
    Vector,
    coverage,
    crps,
    directional_accuracy,
    interval_score,
    largest_share,
    mae_ratio,
    mase,
    mspe_ratio,
    mspe_ratio_calm,
    mspe_ratio_without_largest,
)
from wellhead.evaluation.scoring.significance import (
    diebold_mariano,
    giacomini_white,
    overlapping_origins,
    pesaran_timmermann,
)
from wellhead.tables import STATISTICS

POOLED = -1  # the horizon of a score over all horizons above 0; 0 is the running month
EXCLUDED = ("2020-03-01", "2020-07-31")
EXCLUDED_SUFFIX = "_ex2020"  # of the metrics without the days of EXCLUDED
_QUANTILE_COLUMNS = list(STATISTICS[1:])


def score_targets(forecasts: pd.DataFrame) -> pd.DataFrame:
    """`score` of each target in one model's backtest, concatenated."""
    parts = forecasts.groupby("target_kind", sort=False)
    return pd.concat([score(part) for _, part in parts], ignore_index=True)


def score(
    forecasts: pd.DataFrame,
    benchmark: pd.DataFrame | None = None,
    horizons: Sequence[int] | None = None,
    excluding: tuple[str, str] | None = EXCLUDED,
) -> pd.DataFrame:
    """Score one model's backtest of one target against no-change from the last daily price.

    `forecasts` comes from `backtest`. `benchmark`, another such frame, replaces no-change: then
    only pairs (origin, horizon) that both have count. Pairs without an actual value never count.
    `horizons` None: the scored horizons of the target.

    The result has one row per (horizon, metric): model, target_kind, horizon, metric, value (NaN
    where not defined), origins, first_origin, last_origin. Horizon −1 pools all horizons of the
    backtest, scored or not, except the running month, which is partly known. `dm_p_value` is of
    squared errors, averaged over the horizons of an origin when pooled. Every metric is repeated
    with the suffix `_ex2020`, without the pairs whose origin or target lies in the days
    `excluding`; None leaves these rows out.

    When pooled, ratios and p-values divide each error by the benchmark's root mean squared error at
    its horizon. Every horizon then counts alike; in dollars the longest would decide alone.

    Raises NoDataError when there is nothing to compare.
    """
    pairs = _pairs(forecasts, benchmark)
    target = Target(pairs["target_kind"].iloc[0])
    if horizons is None:
        horizons = target.scored
    rows = _scored(pairs, horizons, "")
    if excluding is not None:
        rows += _scored(pairs[~touches(pairs, *excluding)], horizons, EXCLUDED_SUFFIX)
    named = {"model": pairs["model"].iloc[0], "target_kind": target.value}
    return pd.DataFrame([{**named, **row} for row in rows])


def _scored(pairs: pd.DataFrame, horizons: Sequence[int], suffix: str) -> list[dict[str, Any]]:
    pairs = pairs.assign(scale=_benchmark_error(pairs))
    parts = [
        (POOLED, pairs[pairs["horizon"] > 0]),
        *((h, pairs[pairs["horizon"] == h]) for h in horizons),
    ]
    return [
        {
            "horizon": horizon,
            "metric": metric + suffix,
            "value": compute(part),
            "origins": part["made_at"].nunique(),
            "first_origin": part["made_at"].min(),
            "last_origin": part["made_at"].max(),
        }
        for horizon, part in parts
        if len(part)
        for metric, compute in METRICS.items()
    ]


def _benchmark_error(pairs: pd.DataFrame) -> "pd.Series[float]":
    """The root mean squared error of the benchmark at each pair's horizon; NaN where it is zero."""
    squared = (pairs["actual"] - pairs["benchmark"]) ** 2
    error = squared.groupby(pairs["horizon"]).transform("mean") ** 0.5
    return error.where(error > 0)


def touches(pairs: pd.DataFrame, first: str, last: str) -> "pd.Series[bool]":
    """Whether the origin or the target of a pair lies in the days from `first` to `last`."""
    begin, end = to_utc(first), to_utc(last) + pd.Timedelta(days=1)
    inside = [(pairs[at] >= begin) & (pairs[at] < end) for at in ("made_at", "target_at")]
    return inside[0] | inside[1]


def _pairs(forecasts: pd.DataFrame, benchmark: pd.DataFrame | None) -> pd.DataFrame:
    known = forecasts.dropna(subset="actual")
    if benchmark is None:
        pairs = known.assign(benchmark=known["last_value"])
    else:
        other = benchmark[["made_at", "horizon", "mean"]].rename(columns={"mean": "benchmark"})
        pairs = known.merge(other, on=["made_at", "horizon"])
    if pairs.empty:
        raise NoDataError(
            "no forecast has an actual value to compare with: start the backtest earlier, and use "
            "one plan for both backtests."
        )
    return pairs.sort_values(["made_at", "horizon"], ignore_index=True)


def _p_value(test: Callable[[Vector, Vector, int], float]) -> Callable[[pd.DataFrame], float]:
    """A test of squared errors against the benchmark's, averaged over each origin's horizons."""

    def compute(pairs: pd.DataFrame) -> float:
        squared = pd.DataFrame(
            {
                "model": ((pairs["actual"] - pairs["mean"]) / pairs["scale"]) ** 2,
                "benchmark": ((pairs["actual"] - pairs["benchmark"]) / pairs["scale"]) ** 2,
            }
        )
        by_origin = squared.groupby(pairs["made_at"]).mean()
        ours, theirs = _columns(by_origin, "model", "benchmark")
        return test(ours, theirs, _overlap(pairs))

    return compute


def _directional_p_value(pairs: pd.DataFrame) -> float:
    """For one horizon; NaN for several at once, whose directions are no single series."""
    both = (pairs["mean"] != pairs["last_value"]) & (pairs["actual"] != pairs["last_value"])
    moved = pairs[both]
    if moved.empty or len(pairs["horizon"].unique()) > 1:
        return math.nan
    forecast, actual, last = _columns(moved, "mean", "actual", "last_value")
    return pesaran_timmermann(forecast > last, actual > last, _overlap(moved))


def _overlap(pairs: pd.DataFrame) -> int:
    days = pairs.assign(target_at=target_end(pairs)).groupby("made_at")
    return overlapping_origins(days[["last_observed_at", "target_at"]].max())


def _interval(
    function: Callable[..., float], lower: str, upper: str, **settings: float
) -> Callable[[pd.DataFrame], float]:
    return lambda p: function(*_columns(p, "actual", lower, upper), **settings)


def _columns(pairs: pd.DataFrame, *names: str) -> list[Vector]:
    return [pairs[name].to_numpy(dtype=float) for name in names]


def _scaled(pairs: pd.DataFrame, *names: str) -> list[Vector]:
    """Columns in units of the benchmark's error at each pair's horizon."""
    scale = pairs["scale"].to_numpy(dtype=float)
    return [column / scale for column in _columns(pairs, *names)]


METRICS: dict[str, Callable[[pd.DataFrame], float]] = {
    "mspe_ratio": lambda p: mspe_ratio(*_scaled(p, "actual", "mean", "benchmark")),
    "mspe_ratio_without_largest": lambda p: mspe_ratio_without_largest(
        *_scaled(p, "actual", "mean", "benchmark")
    ),
    "mspe_ratio_calm": lambda p: mspe_ratio_calm(
        *_scaled(p, "actual", "mean", "benchmark", "q0.1", "q0.9")
    ),
    "largest_share": lambda p: largest_share(*_scaled(p, "actual", "benchmark")),
    "mae_ratio": lambda p: mae_ratio(*_scaled(p, "actual", "mean", "benchmark")),
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
"""Metric name -> its value on pairs: rows of a backtest with the column `benchmark`."""

SHARES = frozenset(
    {
        "coverage_80",
        "coverage_95",
        "directional_accuracy",
        "largest_share",
        "directional_p_value",
        "dm_p_value",
        "gw_p_value",
    }
)
"""The metrics that lie between 0 and 1; the others are errors or ratios of errors, 0 or more."""
