"""Promotion: compares the trained models, chooses the champion by rule, records the decision."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.targets import Target
from wellhead.database.server.replica import reading_primary
from wellhead.database.writing import write_rows, write_scores
from wellhead.evaluation.scoring.scores import POOLED, SHARES
from wellhead.evaluation.selection.champion_rule import choose_champion
from wellhead.evaluation.selection.drift import demotion
from wellhead.files import replacing
from wellhead.validation.gate import require
from wellhead.validation.promotions import validate_promotions
from wellhead.validation.scores import validate_scores
from wellhead.workflows.champions.decisions import apply_pending_decisions, record_decisions
from wellhead.workflows.champions.evidence import Frames, gather_evidence
from wellhead.workflows.champions.results import PromotedVersion, PromotionResult
from wellhead.workflows.modelling.trained import read_all_trained, read_backtests

_log = logging.getLogger("wellhead.promotion")

Summaries = Mapping[str, Mapping[str, Any]]
"""Model -> its summary, as `read_all_trained` reads it."""


@reading_primary()
def promote(
    instrument: Instrument,
    trained: list[str],
    backtests: list[str],
    to: dict[str, str] | None = None,
) -> PromotionResult:
    """Choose the champion of every target among trained models; with `to`, promote and record it.

    `trained` and `backtests` are the files that `train` wrote, all of this commodity. A champion
    whose forecasts in the ledger have decayed is replaced by no-change, with a warning in the log.
    With `to` the scores, the track record and the decisions go to the database, the alias
    `champion` moves in the registry, and two files are written: `scores` (Parquet) and `decision`
    (JSON).
    """
    summaries = {each["model"]: each for each in read_all_trained(trained, instrument)}
    frames = read_backtests(backtests)
    if to is not None:
        apply_pending_decisions(commodity=instrument.key)
    scores = pd.concat([summary["scores"] for summary in summaries.values()], ignore_index=True)
    champions = tuple(
        _choose(instrument, Target(name), part, summaries, frames)
        for name, part in scores.groupby("target_kind", sort=False)
    )
    result = PromotionResult(instrument.key, champions, scores)
    if to is not None:
        _record(result, summaries)
        with replacing(Path(to["scores"])) as path:
            scores.to_parquet(path, index=False)
        with replacing(Path(to["decision"])) as path:
            path.write_text(json.dumps(result.document(), indent=1), encoding="utf-8")
    return result


def _choose(
    instrument: Instrument,
    target: Target,
    scores: pd.DataFrame,
    summaries: Summaries,
    backtests: Frames,
) -> PromotedVersion:
    """Horizon 0 decides nothing: there every model knows most days of the month."""
    horizons = sorted(set(scores["horizon"]))
    in_ledger = [horizon for horizon in horizons if horizon != POOLED]
    evidence = gather_evidence(instrument, target, summaries, backtests, in_ledger)
    decision = demotion(evidence.incumbent, evidence.decay) or choose_champion(
        scores,
        [horizon for horizon in horizons if horizon != 0],
        target.step,
        incumbent=evidence.incumbent,
        head_to_heads=evidence.head_to_heads,
        standings=evidence.standings,
    )
    version = summaries[decision.model]["versions"][target]
    return PromotedVersion(target, decision, version, evidence)


def _record(result: PromotionResult, summaries: Summaries) -> None:
    scores, decisions = result.scores, result.decisions(now())
    rows = scores.assign(
        commodity=result.commodity,
        model_version=[
            summaries[model]["versions"][target]
            for model, target in zip(scores["model"], scores["target_kind"], strict=True)
        ],
        run_id=scores["model"].map(lambda name: summaries[name]["run_id"]),
    )
    require(validate_scores(rows, SHARES), f"the scores of {result.commodity}")
    validation = validate_promotions(decisions, set(rows["model"]), now())
    require(validation, f"the champions of {result.commodity}")
    write_scores(rows)
    write_rows("track_records", result.record)
    for each in result.champions:
        if each.alarm:
            _log.warning("%s (%s): %s", result.commodity, each.target, each.reason)
    record_decisions(decisions)
