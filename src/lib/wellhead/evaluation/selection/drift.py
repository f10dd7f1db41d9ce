"""Watch the champion: its errors in the ledger against no-change, horizon by horizon."""

import numpy as np
import pandas as pd

from wellhead.errors import NoDataError
from wellhead.evaluation.backtesting.outcomes import target_end
from wellhead.evaluation.scoring.metrics import mspe_ratio
from wellhead.evaluation.scoring.significance import (
    MIN_NON_OVERLAPPING,
    diebold_mariano,
    holm,
    overlapping_origins,
)
from wellhead.evaluation.selection.champion_rule import Decision, Grounds
from wellhead.evaluation.selection.reasons import SIGNIFICANCE
from wellhead.tables import BENCHMARK

WINDOW = 120  # newest outcomes of a horizon that count: half a year of daily forecasts
BOUND = 1.05  # a rolling MSPE ratio above it is an alarm, if it is more than noise


def drift_by_horizon(ledger: pd.DataFrame, window: int = WINDOW) -> pd.DataFrame:
    """The recent performance of one model: one row per horizon, with an alarm where it decayed.

    `ledger` holds one model's forecasts of one series in the form of a backtest frame, with
    `actual` and `actual_available_at` where they are known. At each horizon the newest `window`
    outcomes count, or as many more as the test needs where they overlap. Columns: outcomes,
    mspe_ratio (NaN while the price has not moved), p_worse (one-sided Diebold–Mariano test that
    no-change is better, Holm-corrected for the horizons; 1 where it is not defined) and alarm: the
    ratio is above 1.05 by more than noise.

    Raises NoDataError when no outcome is known.
    """
    rows, p_values = {}, {}
    for horizon, part in _known(ledger).groupby("horizon"):
        forecasts = part.sort_values("made_at").assign(target_at=target_end)
        overlap = overlapping_origins(forecasts)
        newest = forecasts.tail(max(window, MIN_NON_OVERLAPPING * overlap))
        actual, mean, last = (
            newest[name].to_numpy(dtype=float) for name in ("actual", "mean", "last_value")
        )
        losses = (actual - last) ** 2, (actual - mean) ** 2
        p_values[str(horizon)] = diebold_mariano(*losses, overlap)
        rows[horizon] = {
            "outcomes": len(newest),
            "mspe_ratio": mspe_ratio(actual, mean, last),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("horizon")
    table["p_worse"] = [holm(p_values)[str(horizon)] for horizon in table.index]
    table["alarm"] = (table["mspe_ratio"] > BOUND) & (table["p_worse"] < SIGNIFICANCE)
    return table


def decay(drift: pd.DataFrame) -> str:
    """Where a model has decayed, in words with the figures; empty if nowhere."""
    figures = ", ".join(
        f"{row.mspe_ratio:.3f} at horizon {horizon} over its last {row.outcomes:.0f} outcomes "
        f"(corrected p = {row.p_worse:.3f})"
        for horizon, row in drift[drift["alarm"]].iterrows()
    )
    return f"its MSPE ratio to no-change is {figures}" if figures else ""


def demotion(champion: str | None, decayed: str) -> Decision | None:
    """The decision to replace a decayed champion by no-change; None if it has not decayed.

    `decayed` is the text that `decay` returns for it.
    """
    if champion is None or champion == BENCHMARK or not decayed:
        return None
    return Decision(
        BENCHMARK,
        f"ALARM: {champion} is no longer champion: in the ledger {decayed}. No-change takes its "
        "place until a challenger passes the rule.",
        Grounds(champion, rejected={champion: f"in the ledger {decayed}"}),
        alarm=True,
    )


def _known(ledger: pd.DataFrame) -> pd.DataFrame:
    known = ledger.dropna(subset=["actual", "actual_available_at"])
    if known.empty or not np.isfinite(known["actual"]).any():
        raise NoDataError("no outcome of these forecasts is known yet: wait for the first.")
    return known
