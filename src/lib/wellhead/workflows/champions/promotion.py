"""Verb: compare what was trained, choose the champion by rule, and write down why."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.targets import Target
from wellhead.database.server.replica import reading_primary
from wellhead.database.writing import write_rows
from wellhead.evaluation.scoring.scores import POOLED, SHARES
from wellhead.evaluation.selection.drift import demotion
from wellhead.evaluation.selection.promotion import choose_champion
from wellhead.files import replacing
from wellhead.validation.gate import require, validate
from wellhead.workflows.champions.decisions import apply_pending_decisions, record_decisions
from wellhead.workflows.champions.evidence import Frames, gather
from wellhead.workflows.champions.results import PromotedVersion, PromotionResult
from wellhead.workflows.modelling.trained import read_all_trained, read_backtests

_log = logging.getLogger("wellhead.promotion")

Summaries = Mapping[str, Mapping[str, Any]]
"""Model -> what `read_all_trained` gives of it."""


@reading_primary()
def promote(
    commodity: str, trained: list[str], backtests: list[str], to: dict[str, str] | None = None
) -> PromotionResult:
    """Choose the champion of every target among trained models; with `to`, set and record it.

    `trained` and `backtests` are files that `train` wrote, all of one commodity. A champion that
    has decayed in the ledger gives way to no-change, with a warning in the log. With `to` the
    scores, the ledger's record and the decisions go to the database, the alias to the registry, and
    two files are written: `scores` (Parquet) and `decision` (JSON).
    """
    summaries = {found["model"]: found for found in read_all_trained(trained, commodity)}
    frames = read_backtests(backtests)
    if to is not None:
        apply_pending_decisions(commodity=commodity)
    scores = pd.concat([summary["scores"] for summary in summaries.values()], ignore_index=True)
    crowned = tuple(
        _choose(commodity, Target(kind), part, summaries, frames)
        for kind, part in scores.groupby("target_kind", sort=False)
    )
    promoted = PromotionResult(commodity, crowned, scores)
    if to is not None:
        _record(promoted, summaries)
        with replacing(Path(to["scores"])) as path:
            scores.to_parquet(path, index=False)
        with replacing(Path(to["decision"])) as path:
            path.write_text(json.dumps(promoted.document(), indent=1), encoding="utf-8")
    return promoted


def _choose(
    commodity: str, target: Target, scores: pd.DataFrame, summaries: Summaries, backtests: Frames
) -> PromotedVersion:
    """At horizon 0 every model has the days of the month that are known: it decides nothing."""
    horizons = sorted(set(scores["horizon"]))
    watched = [horizon for horizon in horizons if horizon != POOLED]
    found = gather(commodity, target, summaries, backtests, watched)
    decision = demotion(found.incumbent, found.decay) or choose_champion(
        scores,
        [horizon for horizon in horizons if horizon != 0],
        target.step,
        incumbent=found.incumbent,
        head_to_heads=found.head_to_heads,
        standings=found.standings,
    )
    version = summaries[decision.model]["versions"][target]
    return PromotedVersion(target, decision.model, version, decision.reason, decision.alarm, found)


def _record(promoted: PromotionResult, summaries: Summaries) -> None:
    scores, decisions = promoted.scores, promoted.decisions(now())
    placed = scores.assign(
        commodity=promoted.commodity,
        model_version=[
            summaries[model]["versions"][kind]
            for model, kind in zip(scores["model"], scores["target_kind"], strict=True)
        ],
        run_id=scores["model"].map(lambda name: summaries[name]["run_id"]),
    )
    require(validate("scores", judged_scores(placed)), f"the scores of {promoted.commodity}")
    result = validate("promotions", decisions, scored=sorted(set(placed["model"])), now=now())
    require(result, f"the champions of {promoted.commodity}")
    write_rows("scores", placed)
    write_rows("track_records", promoted.record)
    for each in promoted.crowned:
        if each.alarm:
            _log.warning("%s (%s): %s", promoted.commodity, each.target, each.reason)
    record_decisions(decisions)


def judged_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """The scores with the columns that their suite looks at."""
    value = scores["value"].astype(float)
    share = scores["metric"].isin(SHARES)
    inside = (value >= 0) & (~share | (value <= 1))
    return scores.assign(is_infinite=np.isinf(value), in_domain=value.isna() | inside)
