"""Who becomes champion: a pure rule on the scores, with its reason in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from wellhead.errors import NoDataError
from wellhead.training.metrics import BENCHMARK, POOLED, SCORED_HORIZONS
from wellhead.training.significance import holm

DECISION_HORIZONS = (POOLED, *SCORED_HORIZONS)
SIGNIFICANCE = 0.05
COVERAGE_80 = (0.70, 0.90)

Figures = pd.DataFrame
"""Of one model: indexed by horizon, a column a metric."""


@dataclass(frozen=True)
class Decision:
    """The champion, and one paragraph of plain text that says why, with the figures."""

    model: str
    reason: str


def choose_champion(
    scores: pd.DataFrame, horizons: Sequence[int] = DECISION_HORIZONS, step: str = "session"
) -> Decision:
    """Choose the champion from the scores of all models, as `score` gives them, one after another.

    `scores` are of one target, whose horizons count in `step`. A challenger is eligible if at
    every one of `horizons` (−1: pooled) its squared error is below
    that of no-change by more than noise, that is its MSPE ratio is below 1 and its
    Diebold–Mariano p-value below 0.05 after Holm's correction for the number of challengers; and
    if its pooled 80 % band holds 70 to 90 % of outcomes. Of those the lowest pooled MSPE ratio
    wins. If none is eligible, no-change is the champion.

    Raises NoDataError when a challenger has no score at one of the horizons.
    """
    challengers = {
        str(name): part.pivot_table(index="horizon", columns="metric", values="value", dropna=False)
        for name, part in scores.groupby("model", sort=False)
        if name != BENCHMARK
    }
    for name, figures in challengers.items():
        if missing := set(horizons) - set(figures.index):
            raise NoDataError(f"model {name} has no score at horizon {min(missing)}: backtest it.")
    p_values = _corrected(challengers, horizons)
    failures = {
        name: _failure(figures, p_values[name], horizons, step)
        for name, figures in challengers.items()
    }
    eligible = [name for name, failure in failures.items() if not failure]
    if not eligible:
        return Decision(BENCHMARK, _nobody(failures))
    best = min(eligible, key=lambda name: _figure(challengers[name], POOLED, "mspe_ratio"))
    return Decision(
        best, _winner(best, challengers[best], p_values[best], failures, horizons, step)
    )


def _corrected(
    challengers: dict[str, Figures], horizons: Sequence[int]
) -> dict[str, dict[int, float]]:
    """Model -> horizon -> p-value, corrected at each horizon for the number of models."""
    by_horizon = {
        h: holm({name: _figure(f, h, "dm_p_value") for name, f in challengers.items()})
        for h in horizons
    }
    return {name: {h: by_horizon[h][name] for h in horizons} for name in challengers}


def _failure(
    figures: Figures, p_values: dict[int, float], horizons: Sequence[int], step: str
) -> str:
    """The first requirement that a challenger does not meet, in words; empty if it meets all."""
    for horizon in horizons:
        ratio = _figure(figures, horizon, "mspe_ratio")
        if not ratio < 1:
            return f"its MSPE ratio {_at(horizon, step)} is {ratio:.3f}"
        if not p_values[horizon] < SIGNIFICANCE:
            return (
                f"its MSPE ratio {_at(horizon, step)} is {ratio:.3f}, which may be chance "
                f"(corrected p = {p_values[horizon]:.2f})"
            )
    covered = _figure(figures, POOLED, "coverage_80")
    if not COVERAGE_80[0] <= covered <= COVERAGE_80[1]:
        return f"its 80 % band held {100 * covered:.0f} % of outcomes"
    return ""


def _winner(
    best: str,
    figures: Figures,
    p_values: dict[int, float],
    failures: dict[str, str],
    horizons: Sequence[int],
    step: str,
) -> str:
    proof = ", ".join(
        f"{_figure(figures, h, 'mspe_ratio'):.3f} {_at(h, step)} (corrected p = {p_values[h]:.3f})"
        for h in horizons
    )
    covered = _figure(figures, POOLED, "coverage_80")
    return (
        f"{best} is the champion: it beats no-change by more than noise, with an MSPE ratio of "
        f"{proof}; its 80 % band held {100 * covered:.0f} % of outcomes.{_others(failures)}"
    )


def _nobody(failures: dict[str, str]) -> str:
    if not failures:
        return "No-change is the champion: there is no challenger."
    return (
        "No-change is the champion: no challenger beats it by more than noise at every horizon "
        f"with bands that can be trusted.{_others(failures)}"
    )


def _others(failures: dict[str, str]) -> str:
    return "".join(f" {name}: {failure}." for name, failure in failures.items() if failure)


def _figure(figures: Figures, horizon: int, metric: str) -> float:
    return float(figures[metric].get(horizon, math.nan))


def _at(horizon: int, step: str) -> str:
    if horizon == POOLED:
        return "over all horizons"
    return f"at {horizon} {step}" + ("s" if horizon > 1 else "")
