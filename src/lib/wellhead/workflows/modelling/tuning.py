"""Verb: search for better hyper-parameters of a model on the past before a day."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd
import yaml

from wellhead.calendars import DateLike, to_utc
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.catalogue.targets import Target
from wellhead.database.operations import get_vintages
from wellhead.evaluation.backtesting.execution import Progress
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.evaluation.tuning.past import Past, past_before
from wellhead.evaluation.tuning.search import search_hyper_parameters
from wellhead.evaluation.tuning.space import search_space
from wellhead.evaluation.tuning.trials import Trials
from wellhead.models.registry import MODELS
from wellhead.models.tuned import params_for, with_override
from wellhead.tracking.runs import open_run
from wellhead.workflows.code_version import code_version
from wellhead.workflows.configuration import configured_backtest, configured_models
from wellhead.workflows.modelling.covariates import read_covariates

_DAILY_STEP = 8  # passes through the days of the week


@dataclass(frozen=True)
class Tuning:
    """A search: what was tried on which past, and what of it could stand in `env.yaml`."""

    commodity: str
    model: str
    target: Target
    past: Past
    trials: Trials
    lines: str
    """Lines of `env.yaml` under which the best found is in force, all else as it is there."""
    run_id: str | None
    """Of its run in MLflow; None for one that is not kept."""

    @property
    def told(self) -> str:
        """What was done, in a sentence or two."""
        tried, plans = self.trials.tried, self.past.folds
        pruned, origins = sum(one.pruned for one in tried), len(self.trials.present.by_origin)
        return (
            f"{self.model} on {self.commodity} ({self.target}): {len(tried)} trials, {pruned} "
            f"given up on the way. {origins} origins in {len(plans)} folds from "
            f"{plans[0].start:%Y-%m-%d} to {plans[-1].end:%Y-%m-%d}; prices known to "
            f"{self.past.last_day:%Y-%m-%d}. The loss is the mean MSPE ratio to no-change."
        )

    def candidates(self, count: int = 5) -> pd.DataFrame:
        """The best few and the present set: a row each: set, loss, and the parameters."""
        ranked, present = self.trials.ranked, self.trials.present
        shown = [*ranked[:count], *(one for one in ranked[count:] if one is present)]
        return pd.DataFrame(
            {"set": "present" if one is present else one.number, "loss": one.loss, **one.params}
            for one in shown
        )


def tune(
    commodity: str,
    model: str,
    source: str,
    *,
    before: DateLike | None = None,
    since: DateLike | None = None,
    target: Target = Target.DAILY,
    only: Sequence[str] | None = None,
    trials: int = 40,
    seed: int = 0,
    folds: int = 6,
    step: int | None = None,
    refit: int = 250,
    log: bool = True,
    processes: int | None = 1,
    progress: Progress | None = None,
) -> Tuning:
    """Search for hyper-parameters of a model on what was known before a day; change nothing.

    `before` None: the start of the backtest in `env.yaml`, so that the years models are compared
    on stay unseen. `since`: the first day to forecast from; None: five years after the first price.
    `folds`: how many parts the origins between are cut into. `step`: sessions from one to the
    next; None: 8 for days, the last release of each month for months. `log`: keep it in MLflow,
    every trial. The other arguments as in
    `wellhead.evaluation.tuning.search.search_hyper_parameters`.

    Raises InputError for a model without anything to tune, UnknownCommodityError, NoDataError
    where no prices are stored; else as `past_before` and `search_hyper_parameters`.
    """
    search_space(model, only)  # before anything is read
    key = find_instrument(commodity).key
    start = to_utc(configured_backtest().start if before is None else before, name="before")
    plan = BacktestPlan(
        start=start, step=step or _DAILY_STEP, monthly_step=step, refit=refit, targets=(target,)
    )
    past = past_before(
        start, get_vintages(SeriesKey(key, source)), plan, find_instrument(key).calendar,
        read_covariates(model, key, source), since=since, folds=folds,
    )  # fmt: skip
    given = configured_models().get(model, {})
    found = search_hyper_parameters(
        past, model, params_for(model, key, given),
        only=only, trials=trials, seed=seed, processes=processes, progress=progress,
    )  # fmt: skip
    lines = _lines(model, with_override(model, key, given, found.best.params))
    tuning = Tuning(key, model, target, past, found, lines, None)
    return _logged(tuning, source, seed) if log else tuning


def _lines(model: str, given: dict[str, Any]) -> str:
    """`models:` of `env.yaml` with the one model in it."""
    written = yaml.safe_dump(given, default_flow_style=True, sort_keys=False, width=100_000)
    return f"models:\n  {model}: {written}"


def _logged(tuning: Tuning, source: str, seed: int) -> Tuning:
    """Keep it in MLflow: what it was made of, every trial, and what came out."""
    past, trials = tuning.past, tuning.trials
    tags = {
        "model": tuning.model,
        "source": source,
        "code_version": code_version({__name__, MODELS[tuning.model].partition(":")[0]}),
        "data_as_of": str(past.last_day.date()),
    }
    plan = {name: value for name, value in asdict(past.folds[0]).items() if value is not None}
    settings = {**plan, "end": past.folds[-1].end, "folds": len(past.folds),
                "trials": len(trials.tried), "seed": seed}  # fmt: skip
    params = {f"tuning.{name}": value for name, value in settings.items()}
    for name, trial in (("present", trials.present), ("best", trials.best)):
        params |= {f"{name}.{key}": value for key, value in trial.params.items()}
    title = f"tune {tuning.model} {tuning.commodity} ({tuning.target})"
    with open_run(f"wellhead-{tuning.commodity}", title, {**params, **tags}, tags) as run:
        losses = {"present_loss": trials.present.loss, "best_loss": trials.best.loss}
        run.log_values({**losses, "p_value": trials.p_value, "p_corrected": trials.corrected})
        run.log_text(trials.table().to_csv(index=False), "trials.csv")
        run.log_text(trials.by_fold().to_csv(), "folds.csv")
        run.log_text(f"# {trials.verdict}\n{tuning.lines}", "env.yaml")
    return replace(tuning, run_id=run.run_id)
