"""A small LSTM that bends the bands of the benchmark, learned from several commodities at once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from safetensors.torch import load as from_safetensors
from safetensors.torch import save as to_safetensors
from torch import Tensor

from wellhead.errors import InputError, ModelError, NotEnoughHistoryError
from wellhead.features.build import build_features
from wellhead.models.artifacts import to_json
from wellhead.models.bands import (
    Matrix,
    Vector,
    half_widths,
    past_widths,
    scaled_changes,
    typical_change,
)
from wellhead.models.base import Forecaster
from wellhead.models.lstm_network import (
    BandBender,
    Bends,
    Samples,
    bent_quantiles,
    in_time_order,
    reproducible,
    train,
)
from wellhead.models.parameters import Parameters

_LIMIT = 5.0  # standard deviations an input may be from its mean
_FEWEST_SAMPLES = 300
_UNIT = 1  # the 80 % half-width, in which targets are measured
_EVERY = 5  # rows of another commodity of which one is a sample: their targets overlap anyway


@dataclass(frozen=True)
class LstmParameters(Parameters):
    """`horizon`: sessions it learns to forecast, and the most it has bands for. `window`: rows it
    reads. `hidden`: size of its state. `epochs`: passes over the past at most, at the rate
    `learning_rate`. `seed`: of its start and its order of rows. `device`: 'auto' (CUDA where there
    is one), 'cpu' or 'cuda'; used by `fit` alone.
    """

    horizon: int = 63
    window: int = 40
    hidden: int = 16
    epochs: int = 20
    learning_rate: float = 0.002
    seed: int = 1
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.device not in ("auto", "cpu", "cuda"):
            raise InputError(f"device {self.device!r} is not known. Choose auto, cpu or cuda.")


class QuantileLstm(Forecaster[LstmParameters]):
    """An LSTM that shifts and stretches the bands of no-change, for all horizons at once.

    It is trained by quantile loss on changes divided by the typical change of their day and by the
    80 % half-width of their horizon, which makes commodities alike: it learns from the covariates'
    prices as well as from its own. It starts as the benchmark and early stopping, on the newest
    15 % of the past, may leave it there. The mean is the last price plus the predicted median
    change, shrunk by what that change was worth on that newest part. Between refits it only reads
    the newest rows; fitting the same object again starts from what it has learned.

    Same seed, same device, same history: same forecasts.
    """

    name = "lstm"
    features = (
        "signed_return",
        "realised_volatility_21",
        "realised_volatility_63",
        "momentum_63",
        "mean_gap_1260",
        "rsi_14",
        "bollinger_percent_b",
        "day_of_year_sin",
        "day_of_year_cos",
    )
    covariates = ("WTI", "BRENT", "HENRY_HUB", "GASOLINE", "HEATING_OIL", "PROPANE")
    min_history = 750
    source = "Hochreiter & Schmidhuber 1997; quantile loss: Koenker & Bassett 1978."
    limits = (
        "It forecasts as many sessions as it was trained for and holds the last change beyond. Its "
        "shift of the median has not beaten no-change on oil; what it may add is the bands' shape."
    )
    parameters = LstmParameters
    _network: BandBender
    _centre: Vector
    _spread: Vector
    _shrinkage: float

    def _fit(self, history: pd.DataFrame) -> None:
        own, others = self._learn_from(history), self._others(history)
        self._centre, self._spread = own.centre, own.spread
        learned = [own.samples, *(self._learn_from(other, _EVERY).samples for other in others)]
        device = _device(self.params.device)
        with reproducible(self.params.seed):
            network = self._network if self._fitted else self._new_network()
            self._network = network.to(device)
            self._shrinkage = train(
                self._network,
                in_time_order(learned).to(device),
                self.params.epochs,
                self.params.learning_rate,
            )
        self._network.cpu()

    def _mean(self, history: pd.DataFrame, sessions: int) -> Vector:
        known = min(sessions, self.params.horizon)
        (shift, _, _), unit = self._bends(history, known)
        mean = self._shrinkage * shift[0].numpy().astype(float) * unit
        return np.pad(mean, (0, sessions - known), mode="edge")

    def _quantiles(self, history: pd.DataFrame, mean: Vector) -> Matrix:
        if len(mean) > self.params.horizon:
            raise ModelError(
                f"this lstm forecasts {self.params.horizon} sessions, not {len(mean)}: "
                f"train one with horizon={len(mean)}."
            )
        widths = past_widths(history, len(mean), self.params.band_window)
        bends, unit = self._bends(history, len(mean))
        bent = bent_quantiles(bends, _tensor(widths / unit[:, None]))
        return bent[0].numpy().astype(float) * unit[:, None]

    def _bends(self, history: pd.DataFrame, horizon: int) -> tuple[Bends, Vector]:
        """The network's answer to the newest rows, and what it is in, for each horizon."""
        newest = history[list(self.features)].to_numpy(dtype=float)[-self.params.window :]
        unit = _units(past_widths(history, horizon, self.params.band_window))
        with reproducible(self.params.seed), torch.no_grad():
            inputs = _standard(newest, self._centre, self._spread)
            shift, lower, upper = (bend[:, :horizon] for bend in self._network(inputs[None]))
        return (shift, lower, upper), unit

    def _others(self, history: pd.DataFrame) -> list[pd.DataFrame]:
        """Histories of the other commodities beside this one."""
        known = [history[key].dropna() for key in self.covariates if key in history]
        return [
            build_features(value.astype(float), self.features)
            for value in known
            if len(value) >= self.min_history and not value.equals(history["value"])
        ]

    def _learn_from(self, history: pd.DataFrame, every: int = 1) -> "_Lesson":
        """Every `every`-th row that has a whole window behind it and all its targets before it.

        Raises NotEnoughHistoryError when there are too few of them.
        """
        inputs = history[list(self.features)].to_numpy(dtype=float)
        centre, spread = np.nanmean(inputs, axis=0), np.nanstd(inputs, axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        value, rows = history["value"], self.params.window
        widths = half_widths(scaled_changes(value, self.params.horizon, len(value)))
        unit = _units(widths)
        targets = (_targets(value, self.params.horizon) / unit)[rows - 1 :]
        windows = sliding_window_view(_standard(inputs, centre, spread).numpy(), rows, axis=0)
        usable = np.isfinite(windows).all(axis=(1, 2)) & np.isfinite(targets).all(axis=1)
        if usable.sum() < _FEWEST_SAMPLES:
            raise NotEnoughHistoryError(
                f"model lstm needs {_FEWEST_SAMPLES} complete samples and has {usable.sum()}: "
                "load an earlier start, or set a smaller window or horizon."
            )
        chosen = np.flatnonzero(usable)[::every]
        days = pd.DatetimeIndex(history.index)[rows - 1 :][chosen].as_unit("s").asi8
        samples = Samples(
            torch.from_numpy(days.copy()),
            _tensor(windows[chosen].transpose(0, 2, 1)),
            _tensor(targets[chosen]),
            _tensor(widths / unit[:, None]).expand(len(chosen), -1, -1),
        )
        return _Lesson(centre, spread, samples)

    def _new_network(self) -> BandBender:
        return BandBender(len(self.features), self.params.hidden, self.params.horizon)

    def _state(self) -> dict[str, bytes]:
        inputs = {"centre": list(self._centre), "spread": list(self._spread)}
        return {
            "network.safetensors": to_safetensors(dict(self._network.state_dict())),
            "scaling.json": to_json({**inputs, "shrinkage": self._shrinkage}),
        }

    def _restore(self, files: Mapping[str, bytes]) -> None:
        scaling = json.loads(files["scaling.json"])
        self._centre, self._spread = np.array(scaling["centre"]), np.array(scaling["spread"])
        self._shrinkage = float(scaling["shrinkage"])
        self._network = self._new_network()
        self._network.load_state_dict(from_safetensors(files["network.safetensors"]))


@dataclass(frozen=True)
class _Lesson:
    """What one commodity teaches: its samples, and the centre and spread of its inputs."""

    centre: Vector
    spread: Vector
    samples: Samples


def _standard(inputs: Matrix, centre: Vector, spread: Vector) -> Tensor:
    return _tensor(np.clip((inputs - centre) / spread, -_LIMIT, _LIMIT))


def _targets(value: "pd.Series[float]", horizon: int) -> Matrix:
    """Changes over 1 to `horizon` rows, in typical changes, rows × horizons; NaN at the end."""
    price, scale = value.to_numpy(dtype=float), typical_change(value)
    ahead = np.full((len(price), horizon), np.nan)
    for h in range(1, horizon + 1):
        ahead[:-h, h - 1] = price[h:] - price[:-h]
    moved = ahead / scale.where(scale > 0).to_numpy()[:, None]
    return np.where(ahead == 0, 0.0, moved)


def _units(widths: Matrix) -> Vector:
    """The 80 % half-width of each horizon; 1 where a price has never moved."""
    return np.where(widths[:, _UNIT] > 0, widths[:, _UNIT], 1.0)


def _tensor(values: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))


def _device(name: str) -> torch.device:
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("there is no CUDA device here: set device to auto or cpu.")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")
