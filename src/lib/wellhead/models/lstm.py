"""A small LSTM that bends the bands of the benchmark."""

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
from wellhead.models.artifacts import to_json
from wellhead.models.bands import Matrix, Vector, half_widths, scaled_changes, typical_change
from wellhead.models.base import Forecaster
from wellhead.models.lstm_network import BandBender, Samples, bent_quantiles, reproducible, train
from wellhead.models.naive import past_widths

_LIMIT = 5.0  # standard deviations an input may be from its mean
_FEWEST_SAMPLES = 300
_UNIT = 1  # the 80 % half-width, in which targets are measured


@dataclass(frozen=True)
class LstmParameters:
    """`horizon`: sessions it learns to forecast, and the most it forecasts. `window`: rows it
    reads. `device`: 'auto' (CUDA where there is one), 'cpu' or 'cuda'; used by `fit` alone.
    """

    horizon: int = 63
    window: int = 40
    hidden: int = 16
    epochs: int = 20
    learning_rate: float = 0.002
    band_window: int = 2500
    seed: int = 1
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.device not in ("auto", "cpu", "cuda"):
            raise InputError(f"device {self.device!r} is not known. Choose auto, cpu or cuda.")


class QuantileLstm(Forecaster[LstmParameters]):
    """An LSTM that shifts and stretches the bands of `NoChange`, for all horizons at once.

    It is trained by quantile loss on changes divided by the typical change of their day and by
    the 80 % half-width of their horizon. It starts as the benchmark and early stopping may leave
    it there. The mean is the last price plus the predicted median change, shrunk by what that
    change was worth on the newest part of the past.

    Same seed, same device, same history: same forecasts.
    """

    name = "lstm"
    features = (
        "signed_return",
        "realised_volatility_21",
        "realised_volatility_63",
        "momentum_63",
        "rsi_14",
        "bollinger_percent_b",
        "day_of_year_sin",
        "day_of_year_cos",
    )
    min_history = 750
    parameters = LstmParameters
    _network: BandBender
    _centre: Vector
    _spread: Vector
    _shrinkage: float

    def _fit(self, history: pd.DataFrame) -> None:
        inputs = history[list(self.features)].to_numpy(dtype=float)
        self._centre, spread = np.nanmean(inputs, axis=0), np.nanstd(inputs, axis=0)
        self._spread = np.where(spread > 0, spread, 1.0)
        value, horizon = history["value"], self.params.horizon
        widths = half_widths(scaled_changes(value, horizon, len(value)))
        unit = _units(widths)
        samples = self._samples(inputs, _targets(value, horizon) / unit)
        device = _device(self.params.device)
        with reproducible(self.params.seed):
            self._network = self._new_network().to(device)
            self._shrinkage = train(
                self._network,
                Samples(samples.windows.to(device), samples.targets.to(device)),
                _tensor(widths / unit[:, None]).to(device),
                self.params.epochs,
                self.params.learning_rate,
            )
        self._network.cpu()

    def _changes(self, history: pd.DataFrame, horizon: int) -> tuple[Vector, Matrix]:
        if horizon > self.params.horizon:
            raise ModelError(
                f"this lstm forecasts {self.params.horizon} sessions, not {horizon}: "
                f"train one with horizon={horizon}."
            )
        newest = history[list(self.features)].to_numpy(dtype=float)[-self.params.window :]
        widths = past_widths(history, horizon, self.params.band_window)
        unit = _units(widths)
        with reproducible(self.params.seed), torch.no_grad():
            shift, lower, upper = self._network(self._standard(newest)[None])
            bends = (shift[:, :horizon], lower[:, :horizon], upper[:, :horizon])
            bent = bent_quantiles(bends, _tensor(widths / unit[:, None]))
        mean = self._shrinkage * bends[0][0].numpy().astype(float) * unit
        return mean, bent[0].numpy().astype(float) * unit[:, None]

    def mean_path(self, history: pd.DataFrame, sessions: int) -> Vector:
        """As of every model; beyond the horizon it learned the last change holds."""
        near = super().mean_path(history, min(sessions, self.params.horizon))
        return np.pad(near, (0, sessions - len(near)), mode="edge")

    def _samples(self, inputs: Matrix, targets: Matrix) -> Samples:
        """Every row that has a whole window behind it and all its targets before it."""
        windows = sliding_window_view(self._standard(inputs).numpy(), self.params.window, axis=0)
        windows = windows.transpose(0, 2, 1)
        ends = targets[self.params.window - 1 :]
        usable = np.isfinite(windows).all(axis=(1, 2)) & np.isfinite(ends).all(axis=1)
        if usable.sum() < _FEWEST_SAMPLES:
            raise NotEnoughHistoryError(
                f"model lstm needs {_FEWEST_SAMPLES} complete samples and has {usable.sum()}: "
                "load an earlier start, or set a smaller window or horizon."
            )
        return Samples(_tensor(windows[usable]), _tensor(ends[usable]))

    def _standard(self, inputs: Matrix) -> Tensor:
        return _tensor(np.clip((inputs - self._centre) / self._spread, -_LIMIT, _LIMIT))

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
