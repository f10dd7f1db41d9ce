"""Choose the champion of a target: a pure rule on scores and ledger, with its reason in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from wellhead.catalogue.targets import Target
from wellhead.errors import NoDataError
from wellhead.evaluation.scoring.scores import POOLED
from wellhead.evaluation.scoring.significance import holm
from wellhead.evaluation.selection.reasons import no_champion_reason, promotion_reason
from wellhead.evaluation.selection.requirements import (
    Figures,
    Standing,
    figure,
    figures_by_model,
    lost_head_to_heads,
    readiness_failure,
    score_failure,
)
from wellhead.tables import BENCHMARK

_LESS_GOOD = "it is eligible, with a higher MSPE ratio over all horizons"
DECISION_HORIZONS = (POOLED, *Target.DAILY.scored)


@dataclass(frozen=True)
class Grounds:
    """The figures behind a decision, for programs; the reason says the same in words.

    `mspe_ratio`, `p_value` (corrected) and `coverage_80` are the champion's, over all horizons;
    None for no-change. `rejected`: each model that did not become champion, and what disqualified
    it.
    """

    incumbent: str | None
    mspe_ratio: float | None = None
    p_value: float | None = None
    coverage_80: float | None = None
    rejected: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """The champion, and one paragraph of plain text that gives the reason with its figures."""

    model: str
    reason: str
    grounds: Grounds
    alarm: bool = False
    """Whether it demotes a champion that has decayed."""


def choose_champion(
    scores: pd.DataFrame,
    horizons: Sequence[int] = DECISION_HORIZONS,
    step: str = "session",
    *,
    incumbent: str | None = BENCHMARK,
    head_to_heads: Mapping[str, pd.DataFrame] | None = None,
    standings: Mapping[str, Standing] | None = None,
) -> Decision:
    """Choose the champion from the scores of all models (rows of `score`, concatenated).

    `scores` are of one target, whose horizons count in `step`. A model is eligible if
    - its pooled squared error is lower than that of no-change, with a p-value below 0.20
      (Diebold–Mariano, Holm-corrected for the number of models). For the `incumbent` any gain is
      enough, so that it does not lose and regain the title over 0.1 %;
    - at none of `horizons` its squared error is more than 1 % higher than that of no-change; the
      `incumbent` may be, unless it is by more than noise;
    - its pooled 80 % band covers 75 to 85 % of outcomes, its 95 % band 92 to 98 %;
    - by its entry in `standings`, it has not decayed and, unless it is the incumbent, its data is
      not stale and it has completed its challenger period of 20 origins. A model without an entry
      is evaluated by its scores alone. Before the first champion (`incumbent` None) there is no
      challenger period.
    Of the eligible models the lowest pooled MSPE ratio wins. An eligible incumbent stays unless the
    other model also wins the head-to-head comparison: in `head_to_heads`, its scores against the
    incumbent, its pooled error is lower and at no horizon more than 1 % higher. If no model is
    eligible, no-change is the champion.

    Where nothing beats no-change, the rule still chooses another model in about one case of ten
    (`benchmarks/champion_rule.py`).

    Raises NoDataError when a model has no score at one of the horizons.
    """
    figures = figures_by_model(scores)
    challengers = {name: table for name, table in figures.items() if name != BENCHMARK}
    _require_scores(challengers, horizons)
    p_values = holm({name: figure(t, POOLED, "dm_p_value") for name, t in challengers.items()})
    failures = {
        name: score_failure(table, p_values[name], horizons, step, incumbent=name == incumbent)
        or readiness_failure((standings or {}).get(name), name, incumbent)
        for name, table in challengers.items()
    }
    if incumbent is not None and failures.get(incumbent) == "":
        failures |= lost_head_to_heads(failures, incumbent, figures, head_to_heads or {}, step)
    elif incumbent not in (None, *figures):
        failures[str(incumbent)] = "it was the champion and is no longer trained"
    eligible = [name for name, failure in failures.items() if not failure]
    if not eligible:
        grounds = Grounds(incumbent, rejected=failures)
        return Decision(BENCHMARK, no_champion_reason(failures), grounds)
    best = min(eligible, key=lambda name: figure(figures[name], POOLED, "mspe_ratio"))
    return _promoted(best, figures[best], horizons, p_values[best], step, incumbent, failures)


def _promoted(
    best: str,
    figures: Figures,
    horizons: Sequence[int],
    p_value: float,
    step: str,
    incumbent: str | None,
    failures: Mapping[str, str],
) -> Decision:
    """The decision for an eligible model."""
    ratios = {h: figure(figures, h, "mspe_ratio") for h in horizons}
    covered = figure(figures, POOLED, "coverage_80")
    reason = promotion_reason(best, ratios, p_value, covered, step, incumbent, failures)
    others = {name: failure or _LESS_GOOD for name, failure in failures.items() if name != best}
    pooled = figure(figures, POOLED, "mspe_ratio")
    grounds = Grounds(incumbent, pooled, p_value, covered, others)
    return Decision(best, reason, grounds)


def _require_scores(challengers: Mapping[str, Figures], horizons: Sequence[int]) -> None:
    for name, table in challengers.items():
        if missing := set(horizons) - set(table.index):
            raise NoDataError(f"model {name} has no score at horizon {min(missing)}: backtest it.")
