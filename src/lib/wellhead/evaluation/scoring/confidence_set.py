"""The models that may be the best: the model confidence set of Hansen, Lunde & Nason 2011."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from arch.bootstrap import MCS
from numpy.typing import NDArray
from scipy import stats

from wellhead.catalogue.targets import Target
from wellhead.errors import NoDataError
from wellhead.evaluation.backtesting.outcomes import target_end
from wellhead.evaluation.scoring.significance import (
    MIN_NON_OVERLAPPING,
    mean_noise,
    overlapping_origins,
)

Matrix = NDArray[np.float64]


def model_confidence_set(
    frames: Mapping[str, pd.DataFrame],
    horizon: int,
    size: float = 0.10,
    resamples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """The models that cannot be distinguished from the best at one horizon, by squared error.

    `frames` maps a model's name to its backtest, all of one series and one target; only origins
    that all have, with a known outcome, count. With probability 1 − `size` all of the best models
    are in the set; this allows for the number of comparisons. The result is indexed by model, best
    first: mse, p_value (the size at which the model drops out; the best has 1) and in_set.

    Raises NoDataError when the models share no outcome at this horizon.
    """
    losses, overlap = squared_errors(frames, horizon)
    # Models with identical forecasts have no variance between them: they count as one.
    first_alike = {
        name: next(other for other in losses if np.array_equal(losses[other], losses[name]))
        for name in losses
    }
    distinct = losses[list(dict.fromkeys(first_alike.values()))].to_numpy()
    if overlap == 1 and distinct.shape[1] > 1:
        p_values = bootstrapped(distinct, size, resamples, seed)
    else:
        p_values = eliminated(distinct, overlap)
    by_name = dict(zip(dict.fromkeys(first_alike.values()), p_values, strict=True))
    table = pd.DataFrame({"mse": losses.mean()})
    table["p_value"] = [by_name[first_alike[name]] for name in losses]
    table["in_set"] = ~(table["p_value"] <= size)
    return table.rename_axis("model").sort_values("mse", kind="stable")


def confidence_sets(
    frames: Mapping[str, pd.DataFrame], target: Target, horizons: Sequence[int]
) -> pd.DataFrame:
    """The p-values of `model_confidence_set` at several horizons.

    `frames` as there, of any targets; only rows of `target` count. One row per model and one column
    per horizon at which all have an outcome; the models that stay in longest come first. NaN where
    there are too few non-overlapping origins.
    """
    of_target = {
        name: frame[(frame["target_kind"] == target) & frame["actual"].notna()]
        for name, frame in frames.items()
    }
    shared = set(horizons).intersection(*(frame["horizon"] for frame in of_target.values()))
    sets = {h: model_confidence_set(of_target, h)["p_value"] for h in sorted(shared)}
    table = pd.DataFrame(sets).rename_axis("model")
    return table.loc[table.mean(axis=1).sort_values(ascending=False, kind="stable").index]


def bootstrapped(losses: Matrix, size: float, resamples: int, seed: int) -> Matrix:
    """The published procedure: range statistic and stationary bootstrap.

    NaN with fewer than twelve origins.
    """
    if len(losses) < MIN_NON_OVERLAPPING:
        return np.full(losses.shape[1], math.nan)
    block = round(len(losses) ** (1 / 3))
    procedure = MCS(losses, size, reps=resamples, block_size=block, seed=seed)
    procedure.compute()
    return np.asarray(procedure.pvalues["Pvalue"].sort_index(), dtype=float)


def eliminated(losses: Matrix, overlap: int) -> Matrix:
    """p-values of the columns where forecasts overlap: test that all are equal, drop the worst.

    There the bootstrap's sets hold all best models in 50 to 70 % of trials instead of 90. So
    equality is tested by an F statistic whose variance comes from the first cosines (Lazarus,
    Lewis, Stock & Watson 2018), three more than there are models: 87 to 91 %. NaN with fewer than
    twelve times `overlap` origins.
    """
    count = losses.shape[1]
    p_values, left, reached = np.full(count, math.nan), list(range(count)), 0.0
    if len(losses) < MIN_NON_OVERLAPPING * overlap:
        return p_values
    while len(left) > 1:
        reached = max(reached, _all_equal(losses[:, left], count + 3))
        worst = left[int(np.argmax(losses[:, left].mean(axis=0)))]
        p_values[worst] = reached
        left.remove(worst)
    p_values[left] = 1.0
    return p_values


def _all_equal(losses: Matrix, cosines: int) -> float:
    """p-value of the hypothesis that all columns have the same mean."""
    differences = losses[:, :-1] - losses[:, -1:]
    noise, mean = mean_noise(differences, cosines), differences.mean(axis=0)
    variance, contrasts = noise.T @ noise / cosines, len(mean)
    spare = cosines - contrasts + 1
    wald = mean @ np.linalg.pinv(variance) @ mean
    return float(stats.f.sf(spare / (cosines * contrasts) * wald, contrasts, spare))


def squared_errors(frames: Mapping[str, pd.DataFrame], horizon: int) -> tuple[pd.DataFrame, int]:
    """One row per origin, one column per model; and how many origins are open at once."""
    chosen = {
        name: frame[frame["horizon"] == horizon].dropna(subset="actual").set_index("made_at")
        for name, frame in frames.items()
    }
    errors = {name: (part["mean"] - part["actual"]) ** 2 for name, part in chosen.items()}
    losses = pd.concat(errors, axis=1, join="inner").sort_index()
    if losses.empty:
        raise NoDataError(f"the models share no known outcome at horizon {horizon}.")
    days = next(iter(chosen.values())).loc[losses.index]
    overlap = overlapping_origins(days.assign(target_at=target_end(days)))
    return losses, overlap
