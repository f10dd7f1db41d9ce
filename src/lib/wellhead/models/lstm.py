"""A small LSTM that adjusts the bands of no-change, trained on several commodities at once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wellhead.errors import InputError, ModelError
from wellhead.features.build import build_features
from wellhead.models.artifacts import to_json
from wellhead.models.bands import Matrix, Vector, past_widths
from wellhead.models.base import Forecaster
from wellhead.models.parameters import Parameters

if TYPE_CHECKING:  # torch takes seconds to import: the methods that need it do so
    from wellhead.models.lstm_network import BandAdjuster
    from wellhead.models.lstm_samples import ScaledSamples

_EVERY = 5  # of another commodity every fifth row is a sample: targets of neighbours overlap


@dataclass(frozen=True)
class LstmParameters(Parameters):
    """`horizon`: sessions it is trained for, and the most it has bands for. `window`: rows it
    reads. `hidden`: size of its state. `epochs`: most passes over the training data, with the
    optimiser's `learning_rate`. `seed`: of the initial weights and the order of samples. `device`:
    'auto' (CUDA where there is one), 'cpu' or 'cuda'; only `fit` uses it.
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
    80 % half-width of their horizon. This scaling makes commodities alike, so it is trained on the
    covariates' prices as well as on its own. It starts as the benchmark, and early stopping on the
    newest 15 % of the data may leave it there. The mean is the last price plus the predicted median
    change, shrunk by how well that change predicted the newest part beyond chance. Between refits
    it only reads the newest rows; fitting the same object again continues from its weights.

    The same seed, device and history give the same forecasts.
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
        "It forecasts as many sessions as it was trained for and repeats the last change beyond "
        "them. On oil neither its median nor its bands have beaten no-change: its CRPS is 1.00 to "
        "1.04 of no-change's."
    )
    parameters = LstmParameters
    _network: "BandAdjuster"
    _centre: Vector
    _spread: Vector
    _shrinkage: float

    def _fit(self, history: pd.DataFrame) -> None:
        from wellhead.models.lstm_samples import in_time_order
        from wellhead.models.lstm_training import reproducible, train, training_device

        own = self._samples(history)
        self._centre, self._spread = own.centre, own.spread
        others = [self._samples(other, _EVERY) for other in self._other_histories(history)]
        samples = in_time_order([one.samples for one in (own, *others)])
        device = training_device(self.params.device)
        with reproducible(self.params.seed, device):
            network = self._network if self._fitted else self._new_network()
            self._network = network.to(device)
            self._shrinkage = train(
                self._network, samples.to(device), self.params.epochs, self.params.learning_rate
            )
        self._network.cpu()

    def _mean_changes(self, history: pd.DataFrame, sessions: int) -> Vector:
        trained = min(sessions, self.params.horizon)
        widths = past_widths(history, trained, self.params.band_window)
        changes = self._change_statistics(history, trained, widths)[:, 0]
        return np.pad(changes, (0, sessions - trained), mode="edge")

    def _change_statistics(self, history: pd.DataFrame, sessions: int, widths: Matrix) -> Matrix:
        from wellhead.models.lstm_network import adjusted_quantiles
        from wellhead.models.lstm_samples import half_width_units, predict_newest, tensor

        if sessions > self.params.horizon:
            raise ModelError(
                f"this lstm forecasts {self.params.horizon} sessions, not {sessions}: "
                f"train one with horizon={sessions}."
            )
        unit = half_width_units(widths)[:, None]
        newest = history[list(self.features)].to_numpy(dtype=float)[-self.params.window :]
        adjustment = predict_newest(self._network, newest, self._centre, self._spread, sessions)
        quantiles = adjusted_quantiles(adjustment, tensor(widths / unit))
        mean = self._shrinkage * adjustment[0][0].numpy().astype(float)
        return np.column_stack([mean, quantiles[0].numpy().astype(float)]) * unit

    def _samples(self, history: pd.DataFrame, every: int = 1) -> "ScaledSamples":
        from wellhead.models.lstm_samples import scaled_samples

        return scaled_samples(
            history, self.features, self.params.window, self.params.horizon, every
        )

    def _other_histories(self, history: pd.DataFrame) -> list[pd.DataFrame]:
        """Histories of the other commodities in the columns, where they are long enough."""
        covariates = [history[key].dropna() for key in self.covariates if key in history]
        needed = self.min_history + self.params.window + self.params.horizon
        return [
            build_features(value.astype(float), self.features)
            for value in covariates
            if len(value) >= needed and not value.equals(history["value"])
        ]

    def _new_network(self) -> "BandAdjuster":
        from wellhead.models.lstm_network import BandAdjuster

        return BandAdjuster(len(self.features), self.params.hidden, self.params.horizon)

    def _state(self) -> dict[str, bytes]:
        from safetensors.torch import save

        inputs = {"centre": list(self._centre), "spread": list(self._spread)}
        return {
            "network.safetensors": save(dict(self._network.state_dict())),
            "scaling.json": to_json({**inputs, "shrinkage": self._shrinkage}),
        }

    def _restore(self, files: Mapping[str, bytes]) -> None:
        from safetensors.torch import load

        scaling = json.loads(files["scaling.json"])
        self._centre, self._spread = np.array(scaling["centre"]), np.array(scaling["spread"])
        self._shrinkage = float(scaling["shrinkage"])
        self._network = self._new_network()
        self._network.load_state_dict(load(files["network.safetensors"]))
