"""Verb: compare what was trained, choose the champion by rule, and write down why."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wellhead.calendars import now
from wellhead.database.replica import reading_primary
from wellhead.database.writing import write_rows
from wellhead.files import replacing
from wellhead.pipeline.promoted import Crowned, Promoted
from wellhead.pipeline.standings import Frames, gather
from wellhead.pipeline.trained import read_all_trained, read_backtests
from wellhead.tracking.registry import crown
from wellhead.training.drift import demotion
from wellhead.training.promotion import choose_champion
from wellhead.training.scores import POOLED, SHARES
from wellhead.validation.gate import examine, require

_log = logging.getLogger("wellhead.promotion")

Summaries = Mapping[str, Mapping[str, Any]]
"""Model -> what `read_all_trained` gives of it."""


@reading_primary()
def promote(
    commodity: str, trained: list[str], backtests: list[str], to: dict[str, str] | None = None
) -> Promoted:
    """Choose the champion of every target among trained models; with `to`, crown and record it.

    `trained` and `backtests` are files that `train` wrote, all of one commodity. A champion that
    has decayed in the ledger gives way to no-change, with a warning in the log. With `to` the
    scores, the ledger's record and the decisions go to the database, the alias to the registry, and
    two files are written: `scores` (Parquet) and `decision` (JSON).
    """
    summaries = {found["model"]: found for found in read_all_trained(trained, commodity)}
    frames = read_backtests(backtests)
    scores = pd.concat([summary["scores"] for summary in summaries.values()], ignore_index=True)
    crowned = tuple(
        _choose(commodity, kind, part, summaries, frames)
        for kind, part in scores.groupby("target_kind", sort=False)
    )
    promoted = Promoted(commodity, crowned, scores)
    if to is not None:
        _record(promoted, summaries)
        with replacing(Path(to["scores"])) as path:
            scores.to_parquet(path, index=False)
        with replacing(Path(to["decision"])) as path:
            path.write_text(json.dumps(promoted.document(), indent=1), encoding="utf-8")
    return promoted


def _choose(
    commodity: str, kind: Any, scores: pd.DataFrame, summaries: Summaries, backtests: Frames
) -> Crowned:
    """At horizon 0 every model has the days of the month that are known: it decides nothing."""
    horizons = sorted(set(scores["horizon"]))
    watched = [horizon for horizon in horizons if horizon != POOLED]
    found = gather(commodity, kind, summaries, backtests, watched)
    decision = demotion(found.reigning, found.decay) or choose_champion(
        scores,
        [horizon for horizon in horizons if horizon != 0],
        "month" if kind == "monthly" else "session",
        reigning=found.reigning,
        duels=found.duels,
        standings=found.standings,
    )
    version = summaries[decision.model]["versions"][kind]
    return Crowned(kind, decision.model, version, decision.reason, found)


def _record(promoted: Promoted, summaries: Summaries) -> None:
    scores, decisions = promoted.scores, promoted.decisions(now())
    placed = scores.assign(
        commodity=promoted.commodity,
        model_version=[
            summaries[model]["versions"][kind]
            for model, kind in zip(scores["model"], scores["target_kind"], strict=True)
        ],
        run_id=scores["model"].map(lambda name: summaries[name]["run_id"]),
    )
    require(examine("scores", judged_scores(placed)), f"the scores of {promoted.commodity}")
    verdict = examine("promotions", decisions, scored=sorted(set(placed["model"])), now=now())
    require(verdict, f"the champions of {promoted.commodity}")
    write_rows("scores", placed)
    write_rows("track_records", promoted.record)
    for each in promoted.crowned:
        if each.alarm:
            _log.warning("%s (%s): %s", promoted.commodity, each.target_kind, each.reason)
        crown(promoted.commodity, each.target_kind, each.version, each.reason)
    write_rows("promotions", decisions)


def judged_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """The scores with the columns that their suite looks at."""
    value = scores["value"].astype(float)
    share = scores["metric"].isin(SHARES)
    inside = (value >= 0) & (~share | (value <= 1))
    return scores.assign(is_infinite=np.isinf(value), in_domain=value.isna() | inside)
