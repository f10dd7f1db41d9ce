"""Tuning: searches for better hyper-parameters of a model on the past before a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from wellhead.calendars import DateLike, to_utc
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.catalogue.targets import Target
from wellhead.database.operations import get_vintages
from wellhead.evaluation.backtesting.execution import Progress
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.evaluation.tuning.data import TuningData, tuning_data_before
from wellhead.evaluation.tuning.search import search_hyper_parameters
from wellhead.evaluation.tuning.space import search_space
from wellhead.models.registry import MODELS
from wellhead.models.tuned import params_for, with_override
from wellhead.workflows.code_version import code_version
from wellhead.workflows.configuration import Configuration
from wellhead.workflows.modelling.covariates import read_covariates
from wellhead.workflows.modelling.tuning_result import Tuning, log_tuning

_DAILY_STEP = 8  # no multiple of five: the origins fall on every day of the week


@dataclass(frozen=True)
class TuningOptions:
    """What to search on which past.

    `before`: use what was known before this day; None: before the start of the backtest in
    `env.yaml`, so that the search never sees the years that models are compared on. `since`: the
    first day to forecast from; None: five years after the first price. `only`: the hyper-parameters
    to search; None: all. `folds`: the number of parts the origins are cut into. `step`: sessions
    from one origin to the next; None: 8 for daily, the last release of each month for monthly.
    """

    before: DateLike | None = None
    since: DateLike | None = None
    target: Target = Target.DAILY
    only: Sequence[str] | None = None
    trials: int = 40
    seed: int = 0
    folds: int = 6
    step: int | None = None
    refit: int = 250


def tune(
    configuration: Configuration,
    instrument: Instrument,
    model: str,
    source: str,
    options: TuningOptions,
    *,
    log: bool = True,
    processes: int | None = 1,
    progress: Progress | None = None,
) -> Tuning:
    """Search for hyper-parameters of a model on what was known before a day; change nothing.

    The search starts from the model's hyper-parameters in `configuration`. `log` keeps every trial
    in MLflow. `processes` and `progress` are those of `search_hyper_parameters`.

    Raises InputError for a model without a search space, NoDataError if no prices are stored, and
    the errors of `tuning_data_before` and `search_hyper_parameters`.
    """
    search_space(model, options.only)  # fails before anything is read
    key, given = instrument.key, configuration.models.get(model, {})
    past = _past(configuration.backtest.start, instrument, model, source, options)
    searched = search_hyper_parameters(
        past,
        model,
        params_for(model, instrument, given),
        only=options.only,
        trials=options.trials,
        seed=options.seed,
        processes=processes,
        progress=progress,
    )
    lines = _lines(model, with_override(model, instrument, given, searched.best.params))
    tuning = Tuning(key, model, options.target, past, searched, lines, None)
    if not log:
        return tuning
    version = code_version({__name__, MODELS[model].partition(":")[0]})
    return log_tuning(tuning, source, options.seed, version)


def _past(
    backtest_start: DateLike,
    instrument: Instrument,
    model: str,
    source: str,
    options: TuningOptions,
) -> TuningData:
    """What was known before the options' day, or else before the backtest."""
    before = backtest_start if options.before is None else options.before
    start = to_utc(before, name="before")
    plan = BacktestPlan(
        start=start,
        step=options.step or _DAILY_STEP,
        monthly_step=options.step,
        refit=options.refit,
        targets=(options.target,),
    )
    series = SeriesKey(instrument.key, source)
    return tuning_data_before(
        start,
        get_vintages(series),
        plan,
        instrument.calendar,
        read_covariates(model, series),
        since=options.since,
        folds=options.folds,
    )


def _lines(model: str, given: dict[str, Any]) -> str:
    """The section `models` of `env.yaml` with this model alone."""
    written = yaml.safe_dump(given, default_flow_style=True, sort_keys=False, width=100_000)
    return f"models:\n  {model}: {written}"
