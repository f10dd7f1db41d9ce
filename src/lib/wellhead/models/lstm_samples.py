"""Training samples of the LSTM: windows of scaled inputs, and the changes that followed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from torch import Tensor

from wellhead.errors import NotEnoughHistoryError
from wellhead.models.bands import (
    Matrix,
    Vector,
    half_widths,
    scaled_changes,
    typical_change,
    vector,
)
from wellhead.models.lstm_network import Adjustment, BandAdjuster, Samples
from wellhead.models.lstm_training import one_thread

_LIMIT = 5.0  # standard deviations an input may be from its mean
_FEWEST_SAMPLES = 300
_UNIT = 1  # column of the 80 % half-width, the unit of the targets


@dataclass(frozen=True)
class ScaledSamples:
    """The samples of one commodity, and the mean and spread that its inputs were scaled with."""

    centre: Vector
    spread: Vector
    samples: Samples


def scaled_samples(
    history: pd.DataFrame, features: Sequence[str], window: int, horizon: int, every: int
) -> ScaledSamples:
    """Samples of every `every`-th row that has a full window before it and all targets after it.

    Raises NotEnoughHistoryError when there are too few of them.
    """
    inputs = history[list(features)].to_numpy(dtype=float)
    centre, spread = np.nanmean(inputs, axis=0), np.nanstd(inputs, axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    price, scale = vector(history["value"]), vector(typical_change(history["value"]))
    widths = half_widths(scaled_changes(price, scale, horizon, len(price)))
    unit = half_width_units(widths)
    targets = (_targets(price, scale, horizon) / unit)[window - 1 :]
    windows = sliding_window_view(standardised(inputs, centre, spread).numpy(), window, axis=0)
    chosen = _complete(windows, targets)[::every]
    days = pd.DatetimeIndex(history.index)[window - 1 :][chosen].as_unit("s").asi8
    samples = Samples(
        torch.from_numpy(days.copy()),
        tensor(windows[chosen].transpose(0, 2, 1)),
        tensor(targets[chosen]),
        tensor(widths / unit[:, None]).expand(len(chosen), -1, -1),
    )
    return ScaledSamples(centre, spread, samples)


def in_time_order(parts: Sequence[Samples]) -> Samples:
    """The samples of several commodities in one, sorted by day."""
    joined = Samples(*map(torch.cat, zip(*(part.tensors() for part in parts), strict=True)))
    return joined.part(torch.argsort(joined.days, stable=True))


def predict_newest(
    network: BandAdjuster, inputs: Matrix, centre: Vector, spread: Vector, horizon: int
) -> Adjustment:
    """The network's adjustment after one window of inputs, for horizons 1 to `horizon`."""
    window = standardised(inputs, centre, spread)[None]
    with one_thread(), torch.no_grad():
        shift, lower, upper = (curve[:, :horizon] for curve in network(window))
    return shift, lower, upper


def half_width_units(widths: Matrix) -> Vector:
    """The 80 % half-width of each horizon; 1 where a price has never moved."""
    return np.where(widths[:, _UNIT] > 0, widths[:, _UNIT], 1.0)


def standardised(inputs: Matrix, centre: Vector, spread: Vector) -> Tensor:
    """Inputs in standard deviations from their mean, at most five."""
    return tensor(np.clip((inputs - centre) / spread, -_LIMIT, _LIMIT))


def tensor(values: NDArray[np.floating]) -> Tensor:
    """An array as a contiguous float32 tensor."""
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))


def _complete(windows: NDArray[np.float32], targets: Matrix) -> NDArray[np.intp]:
    """Positions of the samples without a gap in window or targets."""
    complete = np.isfinite(windows).all(axis=(1, 2)) & np.isfinite(targets).all(axis=1)
    if complete.sum() < _FEWEST_SAMPLES:
        raise NotEnoughHistoryError(
            f"model lstm needs {_FEWEST_SAMPLES} complete samples and has {complete.sum()}: "
            "load an earlier start, or set a smaller window or horizon."
        )
    return np.flatnonzero(complete)


def _targets(price: Vector, scale: Vector, horizon: int) -> Matrix:
    """Changes over 1 to `horizon` rows, in typical changes, rows × horizons; NaN at the end."""
    ahead = np.full((len(price), horizon), np.nan)
    for h in range(1, horizon + 1):
        ahead[:-h, h - 1] = price[h:] - price[:-h]
    moved = ahead / np.where(scale > 0, scale, np.nan)[:, None]
    return np.where(ahead == 0, 0.0, moved)
