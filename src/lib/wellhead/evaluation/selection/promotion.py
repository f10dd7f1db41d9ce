"""Who becomes champion: a pure rule on the evidence, with its reason in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from wellhead.calendars import STALE_AFTER_DAYS
from wellhead.catalogue.targets import Target
from wellhead.errors import NoDataError
from wellhead.evaluation.scoring.scores import POOLED
from wellhead.evaluation.scoring.significance import holm
from wellhead.evaluation.selection.reasons import at, nobody, others, succession, winner
from wellhead.tables import BENCHMARK

DECISION_HORIZONS = (POOLED, *Target.DAILY.scored)
SIGNIFICANCE = 0.05
MATERIAL = 0.99  # an MSPE ratio that counts without being significant: a hundredth less error
COVERAGE = {"coverage_80": (0.75, 0.85), "coverage_95": (0.92, 0.98)}
CHALLENGER_ORIGINS = 20  # forecasts made from as many origins before a model may take over

Figures = pd.DataFrame
"""Of one model: indexed by horizon, a column a metric."""


@dataclass(frozen=True)
class Decision:
    """The champion, and one paragraph of plain text that says why, with the figures."""

    model: str
    reason: str
    alarm: bool = False
    """Whether it demotes a champion that has decayed."""


@dataclass(frozen=True)
class Standing:
    """What a model's backtest does not say.

    `challenger_origins`: origins from which it has forecast, in the ledger, as a challenger.
    `data_age_days`: how much older the newest price it was trained on is than it should be.
    `decay`: where its forecasts in the ledger are worse than no-change by more than noise, in words
    with the figures (`wellhead.evaluation.selection.drift`); empty if nowhere.
    """

    challenger_origins: int
    data_age_days: float
    decay: str = ""


def choose_champion(
    scores: pd.DataFrame,
    horizons: Sequence[int] = DECISION_HORIZONS,
    step: str = "session",
    *,
    incumbent: str | None = BENCHMARK,
    head_to_heads: Mapping[str, pd.DataFrame] | None = None,
    standings: Mapping[str, Standing] | None = None,
) -> Decision:
    """Choose the champion from the scores of all models, as `score` gives them, one after another.

    `scores` are of one target, whose horizons count in `step`. A model is eligible if
    - its pooled squared error is lower than that of no-change by a hundredth, or by more than
      noise (Diebold–Mariano, corrected after Holm for the number of models); of the `incumbent`
      model, by anything: it shall not lose and regain the title over a thousandth;
    - at none of `horizons` it is worse than no-change by more than noise (uncorrected: the doubt
      is the challenger's burden);
    - its pooled 80 % band holds 75 to 85 % of outcomes, its 95 % band 92 to 98 %;
    - by its entry in `standings`, it has not decayed and, unless it tenures, its data is not stale
      and it has been in the shadow for 20 origins. A model without an entry is judged by its scores
      alone, and where nobody has ever reigned (`incumbent` None) there is no shadow.
    Of the eligible the lowest pooled MSPE ratio wins. While the `incumbent` model is eligible, it
    stays unless the other also wins the head-to-head comparison: in `head_to_heads`, its scores
    against the incumbent, its pooled error is lower and it is worse at no horizon by more than
    noise. If none is eligible, no-change is the champion.

    Raises NoDataError when a model has no score at one of the horizons.
    """
    figures = {str(name): _figures(part) for name, part in scores.groupby("model", sort=False)}
    challengers = {name: found for name, found in figures.items() if name != BENCHMARK}
    for name, found in challengers.items():
        if missing := set(horizons) - set(found.index):
            raise NoDataError(f"model {name} has no score at horizon {min(missing)}: backtest it.")
    p_values = holm({name: _figure(f, POOLED, "dm_p_value") for name, f in challengers.items()})
    failures = {
        name: _weakness(found, p_values[name], horizons, step, tenures=name == incumbent)
        or _not_ready((standings or {}).get(name), name, incumbent)
        for name, found in challengers.items()
    }
    if incumbent is not None and failures.get(incumbent) == "":
        failures |= _lost_head_to_heads(failures, incumbent, figures, head_to_heads or {}, step)
    elif incumbent not in (None, *figures):
        failures[str(incumbent)] = "it reigned and is no longer trained"
    eligible = [name for name, failure in failures.items() if not failure]
    if not eligible:
        return Decision(BENCHMARK, nobody(failures))
    best = min(eligible, key=lambda name: _figure(figures[name], POOLED, "mspe_ratio"))
    ratios = {h: _figure(figures[best], h, "mspe_ratio") for h in horizons}
    covered = _figure(figures[best], POOLED, "coverage_80")
    noise = p_values[best] >= SIGNIFICANCE
    why = winner(best, ratios, p_values[best], noise, covered, step)
    return Decision(best, f"{why} {succession(best, incumbent)}{others(failures)}")


def _weakness(
    figures: Figures, p_value: float, horizons: Sequence[int], step: str, *, tenures: bool
) -> str:
    """The first requirement of skill and coverage that is not met, in words; empty if all are."""
    ratio = _figure(figures, POOLED, "mspe_ratio")
    if not ratio < 1:
        return f"its MSPE ratio {at(POOLED, step)} is {ratio:.3f}"
    if not (tenures or ratio < MATERIAL or p_value < SIGNIFICANCE):
        return (
            f"its MSPE ratio {at(POOLED, step)} is {ratio:.3f}, a gain of less than a hundredth "
            f"that may be chance (corrected p = {p_value:.2f})"
        )
    if worse := _worse(figures, horizons, step):
        return f"{worse} than that of no-change"
    for metric, (low, high) in COVERAGE.items():
        covered = _figure(figures, POOLED, metric)
        if not low <= covered <= high:
            return f"its {metric[-2:]} % band held {100 * covered:.1f} % of outcomes"
    return ""


def _worse(figures: Figures, horizons: Sequence[int], step: str) -> str:
    for horizon in horizons:
        ratio = _figure(figures, horizon, "mspe_ratio")
        p_worse = 1 - _figure(figures, horizon, "dm_p_value")
        if ratio > 1 and p_worse < SIGNIFICANCE:
            return (
                f"its squared error {at(horizon, step)} is {ratio:.3f} times as large "
                f"(p = {p_worse:.3f}), more than noise, and so higher"
            )
    return ""


def _not_ready(standing: Standing | None, name: str, incumbent: str | None) -> str:
    """Stale data speaks against a change of champion, not against the champion."""
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
            f"it is in the shadow, with forecasts from {standing.challenger_origins} of "
            f"{CHALLENGER_ORIGINS} origins"
        )
    return ""


def _lost_head_to_heads(
    failures: Mapping[str, str],
    incumbent: str,
    figures: Mapping[str, Figures],
    head_to_heads: Mapping[str, pd.DataFrame],
    step: str,
) -> dict[str, str]:
    """Of the eligible others, those that do not displace the incumbent model."""
    lost = {}
    mark = _figure(figures[incumbent], POOLED, "mspe_ratio")
    for name in (n for n, failure in failures.items() if not failure and n != incumbent):
        direct = _figures(head_to_heads[name]) if name in head_to_heads else None
        ratio = _figure(figures[name], POOLED, "mspe_ratio") / mark
        if not (ratio if direct is None else _figure(direct, POOLED, "mspe_ratio")) < 1:
            lost[name] = f"its squared error is not lower than that of the incumbent {incumbent}"
        elif direct is not None and (worse := _worse(direct, list(direct.index), step)):
            lost[name] = f"{worse} than that of the incumbent {incumbent}"
    return lost


def _figures(scores: pd.DataFrame) -> Figures:
    return scores.pivot_table(index="horizon", columns="metric", values="value", dropna=False)


def _figure(figures: Figures, horizon: int, metric: str) -> float:
    return float(figures[metric].get(horizon, math.nan)) if metric in figures else math.nan
