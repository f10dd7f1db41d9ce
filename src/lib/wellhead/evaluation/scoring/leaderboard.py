"""Scores as a table to read."""

import pandas as pd

from wellhead.evaluation.scoring.scores import POOLED


def leaderboard(scores: pd.DataFrame, horizon: int = POOLED) -> pd.DataFrame:
    """One row a model, a column a metric, best MSPE ratio first; horizon −1 pools all.

    `scores` are of one target.
    """
    at = scores[scores["horizon"] == horizon]
    return at.pivot(index="model", columns="metric", values="value").sort_values("mspe_ratio")
