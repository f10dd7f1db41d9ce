"""The requirements that a model must meet to become or stay champion.

Each function returns the first requirement that is not met, in words with its figures; an empty
string if all are met.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from wellhead.calendars import STALE_AFTER_DAYS
from wellhead.evaluation.scoring.scores import POOLED
from wellhead.evaluation.selection.reasons import SIGNIFICANCE, horizon_text

LEVEL = 0.20  # of the corrected p-value; benchmarks/champion_rule.py has size and power of the rule
MARGIN = 1.01  # an MSPE ratio at one horizon that matters: 1 % more error
COVERAGE = {"coverage_80": (0.75, 0.85), "coverage_95": (0.92, 0.98)}
CHALLENGER_ORIGINS = 20  # origins to forecast from before a model may become champion

Figures = pd.DataFrame
"""The scores of one model: indexed by horizon, one column per metric."""


@dataclass(frozen=True)
class Standing:
    """What counts for a model besides its backtest.

    `challenger_origins`: origins in the ledger from which it has forecast as a challenger.
    `data_age_days`: how much older the newest price it was trained on is than it should be.
    `decay`: where its forecasts in the ledger are worse than no-change by more than noise, in words
    with the figures (`wellhead.evaluation.selection.drift`); empty if nowhere.
    """

    challenger_origins: int
    data_age_days: float
    decay: str = ""


def figures_by_model(scores: pd.DataFrame) -> dict[str, Figures]:
    """Model -> its scores, from rows of `score`."""
    return {str(name): _figures(part) for name, part in scores.groupby("model", sort=False)}


def figure(figures: Figures, horizon: int, metric: str) -> float:
    """One score; NaN where it is missing."""
    return float(figures[metric].get(horizon, math.nan)) if metric in figures else math.nan


def score_failure(
    figures: Figures, p_value: float, horizons: Sequence[int], step: str, *, incumbent: bool
) -> str:
    """The first requirement of skill and coverage that is not met."""
    ratio, where = figure(figures, POOLED, "mspe_ratio"), horizon_text(POOLED, step)
    if not ratio < 1:
        return f"its MSPE ratio {where} is {ratio:.3f}"
    if not (incumbent or p_value < LEVEL):
        return (
            f"its MSPE ratio {where} is {ratio:.3f}, a gain that may be chance "
            f"(corrected p = {p_value:.2f}; below {LEVEL:.2f} is needed)"
        )
    highest_p = SIGNIFICANCE if incumbent else 1.0
    if worse := _worse_somewhere(figures, horizons, step, "no-change", highest_p):
        return worse
    for metric, (low, high) in COVERAGE.items():
        covered = figure(figures, POOLED, metric)
        if not low <= covered <= high:
            return f"its {metric[-2:]} % band covered {100 * covered:.1f} % of outcomes"
    return ""


def readiness_failure(standing: Standing | None, name: str, incumbent: str | None) -> str:
    """The first requirement on ledger and data that is not met.

    Stale data prevents a change of champion; it does not demote the champion.
    """
    if standing is None:
        return ""
    if standing.decay:
        return f"in the ledger {standing.decay}"
    if name == incumbent:
        return ""
    if standing.data_age_days > STALE_AFTER_DAYS:
        return f"its newest price is {standing.data_age_days:.0f} days too old"
    if incumbent is not None and standing.challenger_origins < CHALLENGER_ORIGINS:
        return (
            f"it is in its challenger period, with forecasts from {standing.challenger_origins} of "
            f"{CHALLENGER_ORIGINS} origins"
        )
    return ""


def lost_head_to_heads(
    failures: Mapping[str, str],
    incumbent: str,
    figures: Mapping[str, Figures],
    head_to_heads: Mapping[str, pd.DataFrame],
    step: str,
) -> dict[str, str]:
    """The eligible models that do not beat the incumbent, each with the reason."""
    lost = {}
    mark = figure(figures[incumbent], POOLED, "mspe_ratio")
    for name in (n for n, failure in failures.items() if not failure and n != incumbent):
        direct = _figures(head_to_heads[name]) if name in head_to_heads else None
        ratio = figure(figures[name], POOLED, "mspe_ratio") / mark
        if not (ratio if direct is None else figure(direct, POOLED, "mspe_ratio")) < 1:
            lost[name] = f"its squared error is not lower than that of the incumbent {incumbent}"
        elif direct is not None:
            than = f"the incumbent {incumbent}"
            if worse := _worse_somewhere(direct, list(direct.index), step, than, 1.0):
                lost[name] = worse
    return lost


def _worse_somewhere(
    figures: Figures, horizons: Sequence[int], step: str, than: str, highest_p: float
) -> str:
    """The first horizon at which a model is worse than another by more than MARGIN, in words.

    `highest_p`: the p-value up to which that counts; 1 counts every such horizon.
    """
    for horizon in horizons:
        ratio = figure(figures, horizon, "mspe_ratio")
        p_worse = 1 - figure(figures, horizon, "dm_p_value")
        if ratio > MARGIN and not p_worse > highest_p:
            return (
                f"its squared error {horizon_text(horizon, step)} is {ratio:.3f} times that of "
                f"{than}, {100 * (MARGIN - 1):.0f} % more is allowed"
            )
    return ""


def _figures(scores: pd.DataFrame) -> Figures:
    return scores.pivot_table(index="horizon", columns="metric", values="value", dropna=False)
