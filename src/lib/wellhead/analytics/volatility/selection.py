"""The model whose forecasts of volatility were best so far, at each horizon."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from wellhead.analytics.volatility.models import BENCHMARK
from wellhead.analytics.volatility.scores import loss

_ENOUGH = 250  # outcomes before a choice


def chosen(backtests: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What one would have forecast who takes the best model of the past, from every origin.

    `backtests` as for `score`. The rows are those of the models, with the column `model`: of those
    whose mean loss is known from 250 outcomes at least, the one with the lowest, by outcomes that
    were known at the origin; EWMA before.
    """
    names = list(backtests)
    first = next(iter(backtests.values()))
    parts = []
    for horizon, of_horizon in first.groupby("horizon"):
        frames = {
            name: frame[frame["horizon"] == horizon].reset_index(drop=True)
            for name, frame in backtests.items()
        }
        variances = np.column_stack([frames[name]["variance"] for name in names])
        realised = of_horizon["realised"].to_numpy()[:, None]
        best = _best_so_far(loss(variances, realised), int(str(horizon)), names)
        part = frames[BENCHMARK].assign(
            variance=variances[np.arange(len(best)), best],
            model=[names[place] for place in best],
        )
        parts.append(part)
    return pd.concat(parts, ignore_index=True).sort_values(["origin", "horizon"], kind="stable")


def _best_so_far(losses: np.ndarray, horizon: int, names: list[str]) -> np.ndarray:
    """The place of the best model by origin: an outcome is known `horizon` origins later."""
    means = pd.DataFrame(losses).expanding(_ENOUGH).mean().shift(horizon).to_numpy()
    best = np.full(len(losses), names.index(BENCHMARK))
    known = np.isfinite(means).all(axis=1)
    best[known] = means[known].argmin(axis=1)
    return best
