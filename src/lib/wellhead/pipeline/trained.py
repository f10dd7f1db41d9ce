"""The record of a training, in memory and as a file between the tasks."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

TARGET_KIND = "daily"


@dataclass(frozen=True)
class Trained:
    """A trained model: its backtest, its scores against no-change, and where it is registered.

    `version` and `run_id` are None for a what-if, which leaves no trace.
    """

    commodity: str
    model: str
    source: str
    version: str | None
    run_id: str | None
    code_version: str
    last_observed_at: pd.Timestamp
    scores: pd.DataFrame
    backtest: pd.DataFrame

    def summary(self) -> str:
        """Everything but the backtest, as JSON."""
        fields = {k: v for k, v in vars(self).items() if k not in ("scores", "backtest")}
        scores = json.loads(self.scores.to_json(orient="records", date_format="iso"))
        return json.dumps({**fields, "scores": scores}, indent=1, default=str)


def read_trained(path: Path | str) -> dict[str, Any]:
    """A summary that `train` wrote, its scores as a frame."""
    summary: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    scores = pd.DataFrame(summary["scores"])
    for clock in ("first_origin", "last_origin"):
        scores[clock] = pd.to_datetime(scores[clock], utc=True)
    return {**summary, "scores": scores.astype({"value": float})}
