"""The record of a training, in memory and as a file between the tasks."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead.errors import InputError
from wellhead.settings import get_settings


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


def read_backtests(paths: list[str]) -> dict[str, pd.DataFrame]:
    """Model -> its backtest frame, from the files that `train` wrote beside its summaries."""
    frames = [pd.read_parquet(path) for path in paths]
    return {str(frame["model"].iloc[0]): frame for frame in frames}


def trained_here(commodity: str, product: str = "trained") -> list[str]:
    """The files of the newest trainings under `artifacts/`: for a notebook that runs alone.

    `product` is `trained`, the summaries, or `backtest`.
    """
    ending = {"trained": "json", "backtest": "parquet"}[product]
    folder = get_settings().artifacts / "models"
    return [str(path) for path in sorted(folder.glob(f"{commodity}-*.{ending}"))]


def _read(path: Path | str) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    scores = pd.DataFrame(summary["scores"])
    for clock in ("first_origin", "last_origin"):
        scores[clock] = pd.to_datetime(scores[clock], utc=True)
    return {**summary, "scores": scores.astype({"value": float})}
