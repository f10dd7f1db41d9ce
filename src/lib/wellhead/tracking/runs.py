"""MLflow runs: one for each training, tuning and run of the pipeline."""

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import distributions
from pathlib import Path
from platform import platform, python_version
from typing import Any

import pandas as pd

from wellhead.catalogue.targets import Target
from wellhead.tracking.client import client, experiment, mlflow, tracking_errors


class Run:
    """An MLflow run, with methods that log to it."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id

    @tracking_errors()
    def log_metrics(self, scores: pd.DataFrame) -> None:
        """Log scores (target_kind, horizon, metric, value) as metrics `METRIC_hHORIZON`.

        Scores over all horizons end in `_all`; those of monthly targets begin with `monthly_`.
        """
        defined = scores.dropna(subset="value")
        prefix = defined["target_kind"].map({Target.DAILY: "", Target.MONTHLY: "monthly_"})
        suffix = ("_h" + defined["horizon"].astype(str)).where(defined["horizon"] >= 0, "_all")
        names = prefix + defined["metric"] + suffix
        mlflow().log_metrics(dict(zip(names, defined["value"], strict=True)), run_id=self.run_id)

    @tracking_errors()
    def log_values(self, values: Mapping[str, float]) -> None:
        """Log numbers as metrics; NaN is left out."""
        defined = {name: value for name, value in values.items() if not math.isnan(value)}
        mlflow().log_metrics(defined, run_id=self.run_id)

    @tracking_errors()
    def log_text(self, content: str, name: str) -> None:
        """Log a text as an artifact with a file name."""
        client().log_text(self.run_id, content, name)

    def log_json(self, content: Any, name: str) -> None:
        """Log a JSON artifact."""
        self.log_text(json.dumps(content, indent=1, default=str), f"{name}.json")

    @tracking_errors()
    def log_file(self, path: Path, folder: str) -> None:
        """Log a file as an artifact in a folder of the run."""
        client().log_artifact(self.run_id, str(path), folder)


@contextmanager
def open_run(
    experiment_name: str, name: str, params: dict[str, Any], tags: dict[str, str]
) -> Iterator[Run]:
    """A run that ends as finished with the block, or as failed if the block raises.

    Its artifact `environment.txt` holds the versions of Python, platform and every package.
    """
    library = mlflow()
    with (
        tracking_errors(),
        library.start_run(
            experiment_id=experiment(experiment_name), run_name=name, tags=tags
        ) as started,
    ):
        library.log_params(params)
        run = Run(started.info.run_id)
        run.log_text(_environment(), "environment.txt")
        yield run


@lru_cache
def _environment() -> str:
    installed = {f"{each.name}=={each.version}" for each in distributions()}
    return "\n".join([f"# Python {python_version()}, {platform()}", *sorted(installed), ""])


def existing_run(run_id: str) -> Run:
    """A run that has ended, to add artifacts to."""
    return Run(run_id)
