"""Rolling coverage: the share of outcomes inside the bands, as the outcomes become known."""

import pandas as pd

from wellhead.errors import NoDataError
from wellhead.evaluation.backtesting.outcomes import IDENTITY

BANDS = {"coverage_80": ("q0.1", "q0.9"), "coverage_95": ("q0.025", "q0.975")}


def online_coverage(frame: pd.DataFrame, window: int = 250) -> pd.DataFrame:
    """Share of the newest `window` outcomes inside each band, after every outcome.

    `frame` is a backtest's, or the ledger's with its outcomes. The result has one row per outcome,
    in the order of publication within each series, model and horizon: those keys, horizon,
    actual_available_at, outcomes (how many the shares are based on: up to `window`), coverage_80
    and coverage_95 (0 to 1).

    Raises NoDataError when no outcome is known.
    """
    known = frame.dropna(subset=["actual", "actual_available_at"])
    if known.empty:
        raise NoDataError("no outcome of these forecasts is known yet: wait for the first.")
    keys = [name for name in (*IDENTITY, "horizon") if name in frame]
    known = known.sort_values([*keys, "actual_available_at", "made_at"], ignore_index=True)
    covered = {
        name: known["actual"].between(known[lower], known[upper]).astype(float)
        for name, (lower, upper) in BANDS.items()
    }
    counted = known[[*keys, "actual_available_at"]].assign(outcomes=1.0, **covered)
    rolling = counted.groupby(keys, sort=False)[["outcomes", *BANDS]].rolling(window, min_periods=1)
    sums = rolling.sum().reset_index(drop=True)
    shares = sums[list(BANDS)].div(sums["outcomes"], axis=0)
    return counted[[*keys, "actual_available_at"]].assign(
        outcomes=sums["outcomes"].round().astype(int), **shares
    )


def latest_coverage(frame: pd.DataFrame, window: int = 250) -> pd.DataFrame:
    """`online_coverage` after the newest outcome: one row per series, model and horizon."""
    keys = [name for name in (*IDENTITY, "horizon") if name in frame]
    return online_coverage(frame, window).groupby(keys, sort=False).tail(1).reset_index(drop=True)
