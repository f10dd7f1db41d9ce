"""Forecasts of volatility from every day of a past, each with what was known on it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from wellhead.analytics.volatility.har import mean_of_next
from wellhead.analytics.volatility.interface import HORIZONS, History, Matrix, VolatilityModel
from wellhead.errors import NotEnoughHistoryError

REFIT = 63  # sessions between two fits


def backtest(
    model: VolatilityModel,
    past: History,
    first: int,
    *,
    refit: int = REFIT,
    horizons: Sequence[int] = HORIZONS,
) -> pd.DataFrame:
    """One row an (origin, horizon), from the day at position `first` on.

    Columns: origin (the last day known), horizon, variance (forecast, mean a day) and realised (the
    mean squared change of the next `horizon` sessions; NaN while they are not over). The model is
    fitted every `refit` sessions on all days until then.

    Raises NotEnoughHistoryError if fewer days than the model needs lie before the first, or if the
    price has hardly moved on them.
    """
    _require_enough(model, past.until(first + 1))
    blocks: list[Matrix] = []
    for begin in range(first, len(past), refit):
        end = min(begin + refit, len(past))
        fitted = model.fit(past.until(begin + 1), horizons)
        blocks.append(fitted.variances(past.until(end), horizons)[begin:end])
    variances = np.concatenate(blocks)
    realised = np.column_stack([mean_of_next(past.changes**2, h)[first:] for h in horizons])
    return pd.DataFrame(
        {
            "origin": past.days[first:].repeat(len(horizons)),
            "horizon": np.tile(np.asarray(horizons), len(variances)),
            "variance": variances.ravel(),
            "realised": realised.ravel(),
        }
    )


def _require_enough(model: VolatilityModel, past: History) -> None:
    moved = int(np.count_nonzero(past.changes))
    if len(past) < model.needed or moved < model.needed / 2:
        raise NotEnoughHistoryError(
            f"{model.name} needs {model.needed} daily changes, half of them not zero, and has "
            f"{len(past)}, {moved} not zero: load more history."
        )
