"""The record of a promotion: in memory, as rows of the database, and as a file."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from wellhead.catalogue.targets import Target
from wellhead.evaluation.selection.drift import is_alarm
from wellhead.evaluation.selection.requirements import Standing
from wellhead.workflows.champions.evidence import Evidence


@dataclass(frozen=True)
class PromotedVersion:
    """The champion of one target, why it is, and what that rests on beside the scores."""

    target: Target
    model: str
    version: str
    reason: str
    evidence: Evidence

    @property
    def alarm(self) -> bool:
        """Whether the champion before was demoted because it has decayed."""
        return is_alarm(self.reason)

    def document(self) -> dict[str, Any]:
        """The decision and its evidence, ready for JSON: what is not defined is null."""
        standings = self.evidence.standings.items()
        record = self.evidence.record.to_json(orient="records", date_format="iso")
        return {
            "champion": self.model,
            "version": self.version,
            "reason": self.reason,
            "alarm": self.alarm,
            "reigning": self.evidence.incumbent,  # the file's keys are older than our names
            "standings": {name: _standing(standing) for name, standing in standings},
            "record": json.loads(record),
        }


@dataclass(frozen=True)
class PromotionResult:
    """The outcome: `scores` of all models (long, as in table `scores`), a champion a target."""

    commodity: str
    crowned: tuple[PromotedVersion, ...]
    scores: pd.DataFrame

    @property
    def reason(self) -> str:
        """Why each target's champion is, a paragraph each."""
        return "\n\n".join(f"{each.target}: {each.reason}" for each in self.crowned)

    @property
    def standings(self) -> pd.DataFrame:
        """One row a (target_kind, model): is_incumbent and the fields of Standing."""
        rows = [
            {"target_kind": each.target.value, "model": name}
            | {"is_incumbent": name == each.evidence.incumbent, **asdict(standing)}
            for each in self.crowned
            for name, standing in each.evidence.standings.items()
        ]
        return pd.DataFrame(rows)

    @property
    def record(self) -> pd.DataFrame:
        """How the ledger has done: rows of table `track_records`."""
        return pd.concat([each.evidence.record for each in self.crowned], ignore_index=True)

    @property
    def watched(self) -> pd.DataFrame:
        """Of `record`, the rows of the models that reigned until now."""
        parts = [each.evidence.watched for each in self.crowned]
        return pd.concat(parts, ignore_index=True)

    def decisions(self, moment: pd.Timestamp) -> pd.DataFrame:
        """The rows of table `promotions`."""
        rows = [
            {
                "commodity": self.commodity,
                "target_kind": each.target.value,
                "decided_at": moment,
                "model": each.model,
                "model_version": each.version,
                "reason": each.reason,
            }
            for each in self.crowned
        ]
        return pd.DataFrame(rows)

    def document(self) -> dict[str, Any]:
        """Target kind -> its decision."""
        return {
            each.target.value: {"commodity": self.commodity, **each.document()}
            for each in self.crowned
        }


def _standing(standing: Standing) -> dict[str, Any]:
    """A standing under the keys of the file of decisions."""
    return {
        "shadow_origins": standing.challenger_origins,
        "data_age_days": standing.data_age_days,
        "decay": standing.decay,
    }
