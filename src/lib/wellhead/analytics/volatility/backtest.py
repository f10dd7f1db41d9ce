"""Forecasts of volatility from every day of a past, each with what was known on it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from wellhead.analytics.volatility.average import Average
from wellhead.analytics.volatility.har import mean_of_next
from wellhead.analytics.volatility.interface import HORIZONS, History, Matrix, VolatilityModel
from wellhead.errors import NotEnoughHistoryError

REFIT = 63  # sessions between two fits

_MADE_FROM_OTHERS = ""  # block of an average: it is never kept

Blocks = Mapping[str, Matrix]
"""Digest of a block -> its forecasts, a row an origin and a column a horizon."""


def backtest_all(
    models: Mapping[str, VolatilityModel],
    past: History,
    first: int,
    *,
    refit: int = REFIT,
    done: Blocks | None = None,
) -> dict[str, pd.DataFrame]:
    """`backtest` of every model. Averages are made from their members' forecasts, not fitted."""
    own = {name: model for name, model in models.items() if not isinstance(model, Average)}
    frames = {
        name: backtest(model, past, first, refit=refit, done=done) for name, model in own.items()
    }
    for name, model in models.items():
        if isinstance(model, Average):
            members = [frames[member.name] for member in model.members]
            mean = np.mean([frame["variance"] for frame in members], axis=0)
            frames[name] = members[0].assign(variance=mean, block=_MADE_FROM_OTHERS)
    return {name: frames[name] for name in models}


def backtest(
    model: VolatilityModel,
    past: History,
    first: int,
    *,
    refit: int = REFIT,
    horizons: Sequence[int] = HORIZONS,
    done: Blocks | None = None,
) -> pd.DataFrame:
    """One row an (origin, horizon), from the day at position `first` on.

    Columns: origin (the last day known), horizon, variance (forecast, mean a day), realised (the
    mean squared change of the next `horizon` sessions; NaN while they are not over) and block (a
    digest of what the forecasts between two fits are made from). The model is fitted every `refit`
    sessions on all days until then; a forecast that is not positive, or larger than any squared
    change until its day, is the mean of those. `done` are the blocks of an earlier backtest: those
    made from the same history are not made again.

    Raises NotEnoughHistoryError if fewer days than the model needs lie before the first, or if the
    price has hardly moved on them.
    """
    _require_enough(model, past.until(first + 1))
    blocks = dict(_blocks(model, past, range(first, len(past), refit), horizons, done or {}))
    variances = np.concatenate(list(blocks.values()))
    sizes = [len(block) * len(horizons) for block in blocks.values()]
    realised = np.column_stack([mean_of_next(past.changes**2, h)[first:] for h in horizons])
    return pd.DataFrame(
        {
            "origin": past.days[first:].repeat(len(horizons)),
            "horizon": np.tile(np.asarray(horizons), len(variances)),
            "variance": variances.ravel(),
            "realised": realised.ravel(),
            "block": np.repeat(list(blocks), sizes),
        }
    )


def blocks_of(frame: pd.DataFrame, horizons: Sequence[int] = HORIZONS) -> Blocks:
    """The blocks of one or more frames of `backtest`, for `done` of the next one."""
    own = frame[frame["block"] != _MADE_FROM_OTHERS]
    return {
        str(block): rows["variance"].to_numpy().reshape(-1, len(horizons))
        for block, rows in own.groupby("block", sort=False)
    }


def _blocks(
    model: VolatilityModel, past: History, begins: range, horizons: Sequence[int], done: Blocks
) -> Iterator[tuple[str, Matrix]]:
    for begin in begins:
        known = past.until(min(begin + begins.step, len(past)))
        digest = _digest(model, known, begin, horizons)
        if digest not in done:
            fitted = model.fit(past.until(begin + 1), horizons)
            yield digest, _sane(fitted.variances(known, horizons), known)[begin:]
        else:
            yield digest, done[digest]


def _sane(variances: Matrix, past: History) -> Matrix:
    """A forecast beyond all that was seen until its day is the mean of that.

    A model that is fitted on a strange past may explode (Bollerslev, Patton & Quaedvlieg 2016).
    """
    squares = pd.Series(past.changes**2)
    largest, mean = squares.cummax(), squares.expanding().mean()
    is_sane = np.isfinite(variances) & (variances > 0) & (variances <= _column(largest))
    sane: Matrix = np.where(is_sane, variances, _column(mean))
    return sane


def _column(values: "pd.Series[float]") -> Matrix:
    return np.asarray(values, float)[:, None]


def _digest(model: VolatilityModel, known: History, begin: int, horizons: Sequence[int]) -> str:
    content = hashlib.sha256(repr((model, begin, tuple(horizons))).encode())
    for part in (known.days.asi8, known.changes, known.proxies):
        content.update(np.ascontiguousarray(part).tobytes())
    return content.hexdigest()[:32]


def _require_enough(model: VolatilityModel, past: History) -> None:
    moved = int(np.count_nonzero(past.changes))
    if len(past) < model.needed or moved < model.needed / 2:
        raise NotEnoughHistoryError(
            f"{model.name} needs {model.needed} daily changes, half of them not zero, and has "
            f"{len(past)}, {moved} not zero: load more history."
        )
