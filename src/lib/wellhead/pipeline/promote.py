"""Verb: compare what was trained, choose the champion by rule, and write down why."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wellhead.calendars import now
from wellhead.database.writing import write_rows
from wellhead.files import replacing
from wellhead.pipeline.trained import TARGET_KIND, read_all_trained
from wellhead.tracking.registry import crown
from wellhead.training.metrics import SHARES
from wellhead.training.promotion import choose_champion
from wellhead.validation.gate import examine, require


@dataclass(frozen=True)
class Promoted:
    """The outcome: `scores` of all models (long, as in table `scores`), the champion, and why."""

    commodity: str
    model: str
    version: str
    reason: str
    scores: pd.DataFrame


def promote(commodity: str, trained: list[str], to: dict[str, str] | None = None) -> Promoted:
    """Choose the champion among trained models; with `to`, crown it and record the decision.

    `trained` are files that `train` wrote, all of one commodity. With `to` the scores and the
    decision go to the database, the alias to the registry, and two files are written: `scores`
    (Parquet) and `decision` (JSON).
    """
    summaries = {found["model"]: found for found in read_all_trained(trained, commodity)}
    scores = pd.concat([summary["scores"] for summary in summaries.values()], ignore_index=True)
    decision = choose_champion(scores, sorted(scores["horizon"].unique()))
    chosen = summaries[decision.model]
    promoted = Promoted(commodity, decision.model, chosen["version"], decision.reason, scores)
    if to is not None:
        _record(promoted, summaries)
        with replacing(Path(to["scores"])) as path:
            scores.to_parquet(path, index=False)
        with replacing(Path(to["decision"])) as path:
            path.write_text(json.dumps(_document(promoted, summaries), indent=1), encoding="utf-8")
    return promoted


def _record(promoted: Promoted, summaries: dict[str, dict[str, Any]]) -> None:
    identity = {"commodity": promoted.commodity, "target_kind": TARGET_KIND}
    placed = promoted.scores.assign(
        **identity,
        model_version=promoted.scores["model"].map(lambda name: summaries[name]["version"]),
        run_id=promoted.scores["model"].map(lambda name: summaries[name]["run_id"]),
    )
    require(examine("scores", judged_scores(placed)), f"the scores of {promoted.commodity}")
    decision = {
        **identity,
        "decided_at": now(),
        "model": promoted.model,
        "model_version": promoted.version,
        "reason": promoted.reason,
    }
    row = pd.DataFrame([decision])
    scored = sorted(set(placed["model"]))
    verdict = examine("promotions", row, scored=scored, now=now())
    require(verdict, f"the champion of {promoted.commodity}")
    write_rows("scores", placed)
    crown(promoted.commodity, TARGET_KIND, promoted.version, promoted.reason)
    write_rows("promotions", row)


def judged_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """The scores with the columns that their suite looks at."""
    value = scores["value"].astype(float)
    share = scores["metric"].isin(SHARES)
    inside = (value >= 0) & (~share | (value <= 1))
    return scores.assign(is_infinite=np.isinf(value), in_domain=value.isna() | inside)


def _document(promoted: Promoted, summaries: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "commodity": promoted.commodity,
        "champion": promoted.model,
        "version": promoted.version,
        "reason": promoted.reason,
        "versions": {name: summary["version"] for name, summary in summaries.items()},
    }
