"""Search for hyper-parameters with Optuna. Only this module imports it."""

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
import pandas as pd

from wellhead.errors import InputError
from wellhead.evaluation.backtesting.execution import Progress
from wellhead.evaluation.tuning.data import TuningData
from wellhead.evaluation.tuning.space import Between, OneOf, Space, search_space
from wellhead.evaluation.tuning.trials import Trial, Trials
from wellhead.models.registry import create

_WARM_UP = 1  # folds without pruning: a first fold alone tells too little
_DIGITS = 3  # significant digits of a drawn number, so that the printed value is the one tried


def search_hyper_parameters(
    data: TuningData,
    model: str,
    present: Mapping[str, Any],
    *,
    only: Sequence[str] | None = None,
    trials: int = 40,
    seed: int = 0,
    processes: int | None = 1,
    progress: Progress | None = None,
) -> Trials:
    """Try hyper-parameters of a model: the present set first, then sets that Optuna draws.

    Sets are drawn one after another from `wellhead.evaluation.tuning.space` by a tree of Parzen
    estimators (Bergstra et al. 2011) with `seed`. A trial is pruned if after two folds or more its
    loss is above the median of earlier trials. `present` are the model's hyper-parameters as
    `params_for` returns them; `only` names those to search (None: all), the others stay. The same
    data and seed give the same trials. `processes` as in `run_parallel`, for the backtest of a
    fold; `progress` counts trials.

    Raises InputError for a model without a space and for fewer than 2 trials, else as
    `TuningData.losses`.
    """
    if trials < 2:
        raise InputError(f"trials is {trials}: give 2 or more; the first is the present set.")
    search = _Search(data, model, present, search_space(model, only), processes)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=seed, multivariate=True),
        pruner=optuna.pruners.MedianPruner(n_warmup_steps=_WARM_UP),
    )
    study.enqueue_trial(search.present)
    for done in range(1, trials + 1):
        study.optimize(search.objective, n_trials=1)
        if progress is not None:
            progress(done, trials)
    return Trials(search.tried)


class _Search:
    """What the trials of one search share, and the trials so far."""

    def __init__(
        self,
        data: TuningData,
        model: str,
        present: Mapping[str, Any],
        space: Space,
        processes: int | None,
    ) -> None:
        in_force = vars(create(model, **present).params)
        self.present = {name: in_force[name] for name in space}
        self.tried: list[Trial] = []
        self._space = {name: values.including(in_force[name]) for name, values in space.items()}
        self._given = dict(present)
        self._data, self._model, self._processes = data, model, processes
        self._losses: dict[tuple[Any, ...], pd.DataFrame] = {}

    def objective(self, trial: optuna.Trial) -> float:
        """The loss of a drawn set; a set that is given up is kept as pruned."""
        drawn = {name: draw(trial, name, values) for name, values in self._space.items()}
        params = drawn if trial.number else self.present
        parts: list[pd.DataFrame] = []
        for fold in range(len(self._data.folds)):
            parts.append(self._rows(params, fold))
            so_far = Trial(trial.number, params, pd.concat(parts, ignore_index=True))
            trial.report(so_far.loss, fold)
            if trial.should_prune() and len(parts) < len(self._data.folds):
                self.tried.append(Trial(trial.number, params, so_far.rows, pruned=True))
                raise optuna.TrialPruned
        self.tried.append(so_far)
        return so_far.loss

    def _rows(self, params: dict[str, Any], fold: int) -> pd.DataFrame:
        """The losses of a set on a fold; computed once, since Optuna may draw a set again."""
        key = (*params.items(), fold)
        if key not in self._losses:
            everything = {**self._given, **params}
            self._losses[key] = self._data.losses(self._model, everything, fold, self._processes)
        return self._losses[key]


def draw(trial: optuna.Trial, name: str, values: Between | OneOf) -> Any:
    """A value of one hyper-parameter."""
    if isinstance(values, OneOf):
        return trial.suggest_categorical(name, values.options)
    if values.whole:
        return trial.suggest_int(name, int(values.low), int(values.high), log=values.log)
    number = trial.suggest_float(name, values.low, values.high, log=values.log)
    return float(f"{number:.{_DIGITS}g}")
