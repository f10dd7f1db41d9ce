"""Scores as a readable table."""

import pandas as pd

from wellhead.evaluation.scoring.scores import METRICS, POOLED


def leaderboard(scores: pd.DataFrame, horizon: int = POOLED) -> pd.DataFrame:
    """One row per model, one column per metric, best MSPE ratio first; horizon −1 pools all.

    `scores` are of one target. Every metric has a column. Without scores at the horizon there is no
    row: the plan may lack the target, or no outcome is known yet.
    """
    at_horizon = scores[scores["horizon"] == horizon]
    wide = at_horizon.pivot(index="model", columns="metric", values="value")
    missing = [name for name in METRICS if name not in wide]
    return wide.reindex(columns=[*wide.columns, *missing]).sort_values("mspe_ratio")
