"""Backtests that see only their own past, scores, significance, and the choice of a champion."""

from wellhead.training.backtest import backtest, backtests
from wellhead.training.origins import BacktestPlan
from wellhead.training.promotion import Decision, choose_champion
from wellhead.training.scores import SCORED_HORIZONS, score
from wellhead.training.significance import diebold_mariano

__all__ = [
    "SCORED_HORIZONS",
    "BacktestPlan",
    "Decision",
    "backtest",
    "backtests",
    "choose_champion",
    "diebold_mariano",
    "score",
]
