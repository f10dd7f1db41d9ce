"""The result of a training: in memory, and as the files that tasks hand to each other."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead.catalogue.instruments import Instrument
from wellhead.errors import InputError
from wellhead.settings import get_settings


@dataclass(frozen=True)
class Trained:
    """A trained model: its backtest, its scores against no-change, and where it is registered.

    A what-if writes nothing: its `versions` are empty and its `run_id` is None.
    """

    instrument: Instrument
    model: str
    source: str
    versions: dict[str, str]
    """Name of a target -> the version registered for it."""
    run_id: str | None
    code_version: str
    last_observed_at: pd.Timestamp
    scores: pd.DataFrame
    backtest: pd.DataFrame
    """Calibrated forecasts, with the model's own quantiles (`calibration.with_own_quantiles`)."""

    def summary(self) -> str:
        """Everything but the backtest, as JSON."""
        content = {"commodity": self.instrument.key, **vars(self)}
        for name in ("instrument", "backtest"):
            del content[name]
        scores = self.scores.to_json(orient="records", date_format="iso")
        return json.dumps({**content, "scores": json.loads(scores)}, indent=1, default=str)


def read_all_trained(paths: list[str], instrument: Instrument) -> list[dict[str, Any]]:
    """The summaries that `train` wrote, their scores as frames.

    Raises InputError if there is none, or if one is of another commodity.
    """
    summaries = [_read(path) for path in paths]
    others = {summary["commodity"] for summary in summaries} - {instrument.key}
    if others or not summaries:
        given = ", ".join(sorted(others)) or "none"
        raise InputError(
            f"expected trained models of {instrument.key}, got {given}. Train its models first."
        )
    return summaries


def read_backtests(paths: list[str]) -> dict[str, pd.DataFrame]:
    """Model -> its backtest frame, from the files that `train` wrote."""
    frames = [pd.read_parquet(path) for path in paths]
    return {str(frame["model"].iloc[0]): frame for frame in frames}


def newest_trained_files(instrument: Instrument, product: str = "trained") -> list[str]:
    """The files of the newest trainings under `artifacts/`, for a notebook that runs alone.

    `product` is `trained` for the summaries, `backtest` for the backtest frames.
    """
    ending = {"trained": "json", "backtest": "parquet"}[product]
    folder = get_settings().artifacts / "models"
    return [str(path) for path in sorted(folder.glob(f"{instrument.key}-*.{ending}"))]


def _read(path: Path | str) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    scores = pd.DataFrame(summary["scores"])
    for clock in ("first_origin", "last_origin"):
        scores[clock] = pd.to_datetime(scores[clock], utc=True)
    return {**summary, "scores": scores.astype({"value": float})}
