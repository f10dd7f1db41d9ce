"""The result of a tuning, and its MLflow run."""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from wellhead.catalogue.targets import Target
from wellhead.evaluation.tuning.data import TuningData
from wellhead.evaluation.tuning.trials import Trials
from wellhead.tracking.runs import open_run
from wellhead.workflows.modelling.registration import plan_settings


@dataclass(frozen=True)
class Tuning:
    """A search: the past it used, its trials, and what to write into `env.yaml`."""

    commodity: str
    model: str
    target: Target
    past: TuningData
    trials: Trials
    lines: str
    """Lines of `env.yaml` that put the best set in force and change nothing else."""
    run_id: str | None
    """Its MLflow run; None if it is not logged."""

    @property
    def summary(self) -> str:
        """What was searched, in a few sentences."""
        tried, plans = self.trials.tried, self.past.folds
        pruned, origins = sum(trial.pruned for trial in tried), len(self.trials.present.by_origin)
        return (
            f"{self.model} on {self.commodity} ({self.target}): {len(tried)} trials, {pruned} of "
            f"them pruned. {origins} origins in {len(plans)} folds from "
            f"{plans[0].start:%Y-%m-%d} to {plans[-1].end:%Y-%m-%d}; prices known to "
            f"{self.past.last_day:%Y-%m-%d}. The loss is the mean MSPE ratio to no-change."
        )

    def candidates(self, count: int = 5) -> pd.DataFrame:
        """The best sets and the present one, a row each: set, loss, and the parameters."""
        ranked, present = self.trials.ranked, self.trials.present
        shown = [*ranked[:count], *(trial for trial in ranked[count:] if trial is present)]
        return pd.DataFrame(
            {"set": "present" if trial is present else trial.number, "loss": trial.loss}
            | trial.params
            for trial in shown
        )


def log_tuning(tuning: Tuning, source: str, seed: int, code_version: str) -> Tuning:
    """The tuning with its MLflow run: settings, every trial, and the result."""
    past, trials = tuning.past, tuning.trials
    tags = {
        "model": tuning.model,
        "source": source,
        "code_version": code_version,
        "data_as_of": str(past.last_day.date()),
    }
    title = f"tune {tuning.model} {tuning.commodity} ({tuning.target})"
    params = {**_logged_params(tuning, seed), **tags}
    with open_run(f"wellhead-{tuning.commodity}", title, params, tags) as run:
        losses = {"present_loss": trials.present.loss, "best_loss": trials.best.loss}
        run.log_values({**losses, "p_value": trials.p_value, "p_corrected": trials.corrected})
        run.log_text(trials.table().to_csv(index=False), "trials.csv")
        run.log_text(trials.by_fold().to_csv(), "folds.csv")
        run.log_text(f"# {trials.conclusion}\n{tuning.lines}", "env.yaml")
    return replace(tuning, run_id=run.run_id)


def _logged_params(tuning: Tuning, seed: int) -> dict[str, Any]:
    folds, trials = tuning.past.folds, tuning.trials
    settings = plan_settings(folds[0]) | {"end": folds[-1].end, "folds": len(folds)}
    settings |= {"trials": len(trials.tried), "seed": seed}
    params = {f"tuning.{name}": value for name, value in settings.items()}
    for name, trial in (("present", trials.present), ("best", trials.best)):
        params |= {f"{name}.{key}": value for key, value in trial.params.items()}
    return params
