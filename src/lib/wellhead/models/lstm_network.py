"""The network of the LSTM forecaster, and the samples it takes. Torch and nothing else."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

_CURVES, _BASIS = 3, 3

Adjustment = tuple[Tensor, Tensor, Tensor]
"""Shift of the bands, factor of the lower half and of the upper half: each n × horizons."""


@dataclass(frozen=True)
class Samples:
    """Training samples: the last day of each (n, seconds since 1970), windows of inputs
    (n × rows × inputs), the changes that followed (n × horizons), and the half-widths of the bands
    to adjust (n × horizons × 3).
    """

    days: Tensor
    windows: Tensor
    targets: Tensor
    widths: Tensor

    def part(self, rows: Tensor) -> "Samples":
        """Some of the rows, by position or by a mask."""
        return Samples(*(tensor[rows] for tensor in self.tensors()))

    def to(self, device: torch.device) -> "Samples":
        """The same samples on a device."""
        return Samples(*(tensor.to(device) for tensor in self.tensors()))

    def tensors(self) -> tuple[Tensor, ...]:
        """The four tensors, in the order of the fields."""
        return self.days, self.windows, self.targets, self.widths


class BandAdjuster(nn.Module):
    """Shifts and stretches given bands; before training it leaves them as they are.

    From the last state of an LSTM (Hochreiter & Schmidhuber 1997) a linear head makes three
    curves over the horizon, each a parabola in log h: a shift, and the logarithms of the factors
    of the lower and the upper half of the bands. The head starts at zero.
    """

    basis: Tensor

    def __init__(self, inputs: int, hidden: int, horizon: int) -> None:
        super().__init__()
        self.recurrent = nn.LSTM(inputs, hidden, batch_first=True)
        self.head = nn.Linear(hidden, _CURVES * _BASIS)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        steps = torch.arange(1, horizon + 1, dtype=torch.float32).log() / math.log(horizon + 1)
        self.register_buffer("basis", torch.stack([steps**power for power in range(_BASIS)]))

    def forward(self, windows: Tensor) -> Adjustment:
        """The adjustment after each window; the factors are positive."""
        _, (last, _) = self.recurrent(windows)
        curves = self.head(last[-1]).view(-1, _CURVES, _BASIS) @ self.basis
        shift, lower, upper = curves.unbind(dim=1)
        return shift, lower.exp(), upper.exp()


def adjusted_quantiles(adjustment: Adjustment, widths: Tensor) -> Tensor:
    """Quantiles n × horizons × 7 from half-widths (horizons × 3); they cannot cross."""
    shift, lower, upper = adjustment
    below = -lower[..., None] * widths.flip(-1)
    above = upper[..., None] * widths
    return shift[..., None] + torch.cat([below, torch.zeros_like(below[..., :1]), above], dim=-1)
