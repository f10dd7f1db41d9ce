"""A small LSTM that bends the bands of the benchmark, learned from several commodities at once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load as from_safetensors
from safetensors.torch import save as to_safetensors

from wellhead.errors import InputError, ModelError
from wellhead.features.build import build_features
from wellhead.models.artifacts import to_json
from wellhead.models.bands import Matrix, Vector, past_widths
from wellhead.models.base import Forecaster
from wellhead.models.lstm_network import (
    BandBender,
    Bends,
    bent_quantiles,
    in_time_order,
    one_thread,
    reproducible,
    train,
)
from wellhead.models.lstm_samples import Lesson, lesson, standard, tensor, units
from wellhead.models.parameters import Parameters

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
    change, shrunk by what that change was worth, beyond chance, on that newest part. Between
    refits it only reads the newest rows; fitting the same object again starts from what it has
    learned.

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
        own = self._lesson(history)
        self._centre, self._spread = own.centre, own.spread
        others = [self._lesson(other, _EVERY) for other in self._others(history)]
        samples = in_time_order([one.samples for one in (own, *others)])
        device = _device(self.params.device)
        with reproducible(self.params.seed, device):
            network = self._network if self._fitted else self._new_network()
            self._network = network.to(device)
            self._shrinkage = train(
                self._network, samples.to(device), self.params.epochs, self.params.learning_rate
            )
        self._network.cpu()

    def _mean(self, history: pd.DataFrame, sessions: int) -> Vector:
        known = min(sessions, self.params.horizon)
        return np.pad(self._changes(history, known)[:, 0], (0, sessions - known), mode="edge")

    def _changes(self, history: pd.DataFrame, sessions: int) -> Matrix:
        if sessions > self.params.horizon:
            raise ModelError(
                f"this lstm forecasts {self.params.horizon} sessions, not {sessions}: "
                f"train one with horizon={sessions}."
            )
        widths = past_widths(history, sessions, self.params.band_window)
        unit = units(widths)[:, None]
        bends = self._bends(history, sessions)
        bent = bent_quantiles(bends, tensor(widths / unit))
        mean = self._shrinkage * bends[0][0].numpy().astype(float)
        return np.column_stack([mean, bent[0].numpy().astype(float)]) * unit

    def _bends(self, history: pd.DataFrame, horizon: int) -> Bends:
        """The network's answer to the newest rows."""
        newest = history[list(self.features)].to_numpy(dtype=float)[-self.params.window :]
        inputs = standard(newest, self._centre, self._spread)
        with one_thread(), torch.no_grad():
            shift, lower, upper = (bend[:, :horizon] for bend in self._network(inputs[None]))
        return shift, lower, upper

    def _lesson(self, history: pd.DataFrame, every: int = 1) -> Lesson:
        return lesson(history, self.features, self.params.window, self.params.horizon, every)

    def _others(self, history: pd.DataFrame) -> list[pd.DataFrame]:
        """Histories of the other commodities beside this one, where they are long enough."""
        known = [history[key].dropna() for key in self.covariates if key in history]
        needed = self.min_history + self.params.window + self.params.horizon
        return [
            build_features(value.astype(float), self.features)
            for value in known
            if len(value) >= needed and not value.equals(history["value"])
        ]

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


def _device(name: str) -> torch.device:
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("there is no CUDA device here: set device to auto or cpu.")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")
