"""Search for hyper-parameters on the past, by Optuna.

The only module that imports it.
"""

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

_WARM_UP = 1  # folds after which none is given up yet: the first alone says little
_DIGITS = 3  # that a drawn number has: what is printed is what was tried


def search_hyper_parameters(
    past: TuningData,
    model: str,
    present: Mapping[str, Any],
    *,
    only: Sequence[str] | None = None,
    trials: int = 40,
    seed: int = 0,
    processes: int | None = 1,
    progress: Progress | None = None,
) -> Trials:
    """Try hyper-parameters of a model on a past: what is present first, then what Optuna draws.

    Sets are drawn within `wellhead.evaluation.tuning.space` by a tree of Parzen estimators
    (Bergstra et al. 2011) from `seed`, one after the other. One that after two folds or
    more does worse than the median of those before it is given up. `present` are the model's
    hyper-parameters as
    `params_for` gives them; `only` names those that are searched (None: all), the others stay. The
    same past and seed give the same trials. `processes` as in `run_parallel`, for the backtest of a
    fold; `progress` counts trials.

    Raises InputError for a model without a space and for fewer than 2 trials, else as
    `TuningData.judge`.
    """
    if trials < 2:
        raise InputError(f"trials is {trials}: give 2 or more, for the first is what is present.")
    search = _Search(past, model, present, search_space(model, only), processes)
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
    """What the trials of one search have in common, and those there were."""

    def __init__(
        self,
        past: TuningData,
        model: str,
        present: Mapping[str, Any],
        space: Space,
        processes: int | None,
    ) -> None:
        in_force = vars(create(model, **present).params)
        self.present = {name: in_force[name] for name in space}
        self.tried: list[Trial] = []
        self._space = {name: values.reaching(in_force[name]) for name, values in space.items()}
        self._given = dict(present)
        self._past, self._model, self._processes = past, model, processes
        self._judged: dict[tuple[Any, ...], pd.DataFrame] = {}

    def objective(self, trial: optuna.Trial) -> float:
        """The loss of a drawn set; given up, it is kept as pruned."""
        drawn = {name: draw(trial, name, values) for name, values in self._space.items()}
        params = drawn if trial.number else self.present
        parts: list[pd.DataFrame] = []
        for fold in range(len(self._past.folds)):
            parts.append(self._rows(params, fold))
            found = Trial(trial.number, params, pd.concat(parts, ignore_index=True))
            trial.report(found.loss, fold)
            if trial.should_prune() and len(parts) < len(self._past.folds):
                self.tried.append(Trial(trial.number, params, found.rows, pruned=True))
                raise optuna.TrialPruned
        self.tried.append(found)
        return found.loss

    def _rows(self, params: dict[str, Any], fold: int) -> pd.DataFrame:
        """Judged once: a set of whole numbers is soon drawn again."""
        key = (*params.items(), fold)
        if key not in self._judged:
            everything = {**self._given, **params}
            judged = self._past.judge(self._model, everything, fold, self._processes)
            self._judged[key] = judged
        return self._judged[key]


def draw(trial: optuna.Trial, name: str, values: Between | OneOf) -> Any:
    """A value of one hyper-parameter."""
    if isinstance(values, OneOf):
        return trial.suggest_categorical(name, values.options)
    if values.whole:
        return trial.suggest_int(name, int(values.low), int(values.high), log=values.log)
    number = trial.suggest_float(name, values.low, values.high, log=values.log)
    return float(f"{number:.{_DIGITS}g}")
