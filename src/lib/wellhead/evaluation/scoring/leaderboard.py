"""Scores as a readable table."""

import pandas as pd

from wellhead.evaluation.scoring.scores import POOLED


def leaderboard(scores: pd.DataFrame, horizon: int = POOLED) -> pd.DataFrame:
    """One row per model, one column per metric, best MSPE ratio first; horizon −1 pools all.

    `scores` are of one target.
    """
    at_horizon = scores[scores["horizon"] == horizon]
    wide = at_horizon.pivot(index="model", columns="metric", values="value")
    return wide.sort_values("mspe_ratio")
