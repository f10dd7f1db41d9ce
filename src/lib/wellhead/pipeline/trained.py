"""The record of a training, in memory and as a file between the tasks."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead.errors import InputError
from wellhead.settings import get_settings

TARGET_KIND = "daily"


@dataclass(frozen=True)
class Trained:
    """A trained model: its backtest, its scores against no-change, and where it is registered.

    `versions` is empty and `run_id` None for a what-if, which leaves no trace.
    """

    commodity: str
    model: str
    source: str
    versions: dict[str, str]
    """Target kind -> the version registered for it."""
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


def read_all_trained(paths: list[str], commodity: str) -> list[dict[str, Any]]:
    """The summaries that `train` wrote, their scores as frames.

    Raises InputError when there is none, or one is of another commodity.
    """
    summaries = [_read(path) for path in paths]
    strangers = {summary["commodity"] for summary in summaries} - {commodity}
    if strangers or not summaries:
        found = ", ".join(sorted(strangers)) or "none"
        raise InputError(f"expected trained models of {commodity}, found {found}: train them.")
    return summaries


def trained_here(commodity: str) -> list[str]:
    """The files of the newest trainings under `artifacts/`: for a notebook that runs alone."""
    folder = get_settings().artifacts / "models"
    return [str(path) for path in sorted(folder.glob(f"{commodity}-*.json"))]


def _read(path: Path | str) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    scores = pd.DataFrame(summary["scores"])
    for clock in ("first_origin", "last_origin"):
        scores[clock] = pd.to_datetime(scores[clock], utc=True)
    return {**summary, "scores": scores.astype({"value": float})}
