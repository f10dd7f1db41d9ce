"""The result of a promotion: in memory, as rows of the database, and as a file."""

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from wellhead.catalogue.targets import Target
from wellhead.evaluation.selection.champion_rule import Decision, Grounds
from wellhead.evaluation.selection.requirements import Standing
from wellhead.workflows.champions.evidence import Evidence


@dataclass(frozen=True)
class PromotedVersion:
    """The champion of one target, the reason for it, and the evidence."""

    target: Target
    decision: Decision
    version: str
    evidence: Evidence

    @property
    def model(self) -> str:
        return self.decision.model

    @property
    def reason(self) -> str:
        return self.decision.reason

    @property
    def alarm(self) -> bool:
        """Whether the previous champion was demoted because it has decayed."""
        return self.decision.alarm

    def document(self) -> dict[str, Any]:
        """The decision and its evidence as JSON content; undefined values are null."""
        standings = self.evidence.standings.items()
        record = self.evidence.record.to_json(orient="records", date_format="iso")
        return {
            "champion": self.model,
            "version": self.version,
            "reason": self.reason,
            "alarm": self.alarm,
            "incumbent": self.evidence.incumbent,
            "standings": {name: _standing(standing) for name, standing in standings},
            "record": json.loads(record),
        }


@dataclass(frozen=True)
class PromotionResult:
    """A champion for each target, and the `scores` of all models, long as in table `scores`."""

    commodity: str
    champions: tuple[PromotedVersion, ...]
    scores: pd.DataFrame

    @property
    def reason(self) -> str:
        """The reason for each target's champion, a paragraph each."""
        return "\n\n".join(f"{each.target}: {each.reason}" for each in self.champions)

    @property
    def standings(self) -> pd.DataFrame:
        """One row a (target_kind, model): is_incumbent and the fields of Standing."""
        rows = [
            {"target_kind": each.target.value, "model": name}
            | {"is_incumbent": name == each.evidence.incumbent, **asdict(standing)}
            for each in self.champions
            for name, standing in each.evidence.standings.items()
        ]
        return pd.DataFrame(rows)

    @property
    def record(self) -> pd.DataFrame:
        """How the ledger's forecasts have done: rows of table `track_records`."""
        return pd.concat([each.evidence.record for each in self.champions], ignore_index=True)

    @property
    def incumbent_record(self) -> pd.DataFrame:
        """The rows of `record` of the models that were champion until now."""
        parts = [each.evidence.incumbent_record for each in self.champions]
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
                "alarm": each.alarm,
                "grounds": _grounds(each.decision.grounds),
            }
            for each in self.champions
        ]
        return pd.DataFrame(rows)

    def document(self) -> dict[str, Any]:
        """Name of a target -> its decision, as JSON content."""
        return {
            each.target.value: {"commodity": self.commodity, **each.document()}
            for each in self.champions
        }


def _grounds(grounds: Grounds) -> dict[str, Any]:
    """The grounds as JSON content; a figure that is not defined is null."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in asdict(grounds).items()
    }


def _standing(standing: Standing) -> dict[str, Any]:
    """A standing under the keys of the file of decisions."""
    return {
        "challenger_origins": standing.challenger_origins,
        "data_age_days": standing.data_age_days,
        "decay": standing.decay,
    }
