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
from wellhead.pipeline.trained import read_all_trained
from wellhead.tracking.registry import crown
from wellhead.training.metrics import SHARES
from wellhead.training.promotion import choose_champion
from wellhead.validation.gate import examine, require


@dataclass(frozen=True)
class Crowned:
    """The champion of one target, and why it is."""

    target_kind: str
    model: str
    version: str
    reason: str


@dataclass(frozen=True)
class Promoted:
    """The outcome: `scores` of all models (long, as in table `scores`), a champion a target."""

    commodity: str
    crowned: tuple[Crowned, ...]
    scores: pd.DataFrame

    @property
    def reason(self) -> str:
        """Why each target's champion is, a paragraph each."""
        return "\n\n".join(f"{each.target_kind}: {each.reason}" for each in self.crowned)


def promote(commodity: str, trained: list[str], to: dict[str, str] | None = None) -> Promoted:
    """Choose the champion of every target among trained models; with `to`, crown and record it.

    `trained` are files that `train` wrote, all of one commodity. With `to` the scores and the
    decisions go to the database, the alias to the registry, and two files are written: `scores`
    (Parquet) and `decision` (JSON).
    """
    summaries = {found["model"]: found for found in read_all_trained(trained, commodity)}
    scores = pd.concat([summary["scores"] for summary in summaries.values()], ignore_index=True)
    crowned = tuple(
        _choose(str(kind), part, summaries)
        for kind, part in scores.groupby("target_kind", sort=False)
    )
    promoted = Promoted(commodity, crowned, scores)
    if to is not None:
        _record(promoted, summaries)
        with replacing(Path(to["scores"])) as path:
            scores.to_parquet(path, index=False)
        with replacing(Path(to["decision"])) as path:
            path.write_text(json.dumps(_document(promoted), indent=1), encoding="utf-8")
    return promoted


def _choose(kind: str, scores: pd.DataFrame, summaries: dict[str, dict[str, Any]]) -> Crowned:
    """At horizon 0 every model has the days of the month that are known: it decides nothing."""
    horizons = sorted(set(scores["horizon"]) - {0})
    decision = choose_champion(scores, horizons, "month" if kind == "monthly" else "session")
    version = summaries[decision.model]["versions"][kind]
    return Crowned(kind, decision.model, version, decision.reason)


def _record(promoted: Promoted, summaries: dict[str, dict[str, Any]]) -> None:
    scores = promoted.scores
    placed = scores.assign(
        commodity=promoted.commodity,
        model_version=[
            summaries[model]["versions"][kind]
            for model, kind in zip(scores["model"], scores["target_kind"], strict=True)
        ],
        run_id=scores["model"].map(lambda name: summaries[name]["run_id"]),
    )
    decisions = _decisions(promoted)
    require(examine("scores", judged_scores(placed)), f"the scores of {promoted.commodity}")
    verdict = examine("promotions", decisions, scored=sorted(set(placed["model"])), now=now())
    require(verdict, f"the champions of {promoted.commodity}")
    write_rows("scores", placed)
    for each in promoted.crowned:
        crown(promoted.commodity, each.target_kind, each.version, each.reason)
    write_rows("promotions", decisions)


def _decisions(promoted: Promoted) -> pd.DataFrame:
    """The rows of table `promotions`."""
    moment = now()
    return pd.DataFrame(
        [
            {
                "commodity": promoted.commodity,
                "target_kind": each.target_kind,
                "decided_at": moment,
                "model": each.model,
                "model_version": each.version,
                "reason": each.reason,
            }
            for each in promoted.crowned
        ]
    )


def judged_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """The scores with the columns that their suite looks at."""
    value = scores["value"].astype(float)
    share = scores["metric"].isin(SHARES)
    inside = (value >= 0) & (~share | (value <= 1))
    return scores.assign(is_infinite=np.isinf(value), in_domain=value.isna() | inside)


def _document(promoted: Promoted) -> dict[str, Any]:
    """Target kind -> its champion, version and reason."""
    return {
        each.target_kind: {
            "commodity": promoted.commodity,
            "champion": each.model,
            "version": each.version,
            "reason": each.reason,
        }
        for each in promoted.crowned
    }
