"""The network of the LSTM forecaster, and how it is trained. Torch and nothing else."""

import copy
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from wellhead.tables import QUANTILES

_CURVES, _BASIS = 3, 3
_PATIENCE = 3  # epochs without a better validation loss
_BATCH = 256
_DAY = 86_400  # seconds
_DAYS_A_SESSION = 1.5  # of the calendar: weekends and holidays, rounded up


Bends = tuple[Tensor, Tensor, Tensor]
"""Shift, stretch of the lower half and of the upper half of the bands: each n × horizons."""


@dataclass(frozen=True)
class Samples:
    """The day each ends on (n, seconds since 1970), windows (n × rows × inputs), the changes that
    followed (n × horizons), and the bands that are to be bent (n × horizons × 3).
    """

    days: Tensor
    windows: Tensor
    targets: Tensor
    widths: Tensor

    def part(self, rows: Tensor) -> "Samples":
        """Some of the rows: numbers of rows, or true and false."""
        return Samples(*(tensor[rows] for tensor in self._tensors()))

    def to(self, device: torch.device) -> "Samples":
        """The same on a device."""
        return Samples(*(tensor.to(device) for tensor in self._tensors()))

    def _tensors(self) -> tuple[Tensor, ...]:
        return self.days, self.windows, self.targets, self.widths


def in_time_order(parts: Sequence[Samples]) -> Samples:
    """Samples of several commodities, one after another by day."""
    joined = Samples(*map(torch.cat, zip(*(part._tensors() for part in parts), strict=True)))
    return joined.part(torch.argsort(joined.days, stable=True))


class BandBender(nn.Module):
    """Shifts and stretches given bands; before training it leaves them as they are.

    From the last state of an LSTM (Hochreiter & Schmidhuber 1997) a linear head makes three
    curves over the horizon, each a parabola in log h: a shift, and the logarithms by which the
    lower and the upper half of the bands are stretched. The head starts at zero.
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

    def forward(self, windows: Tensor) -> Bends:
        """The bends after each window; the stretches are positive."""
        _, (last, _) = self.recurrent(windows)
        curves = self.head(last[-1]).view(-1, _CURVES, _BASIS) @ self.basis
        shift, lower, upper = curves.unbind(dim=1)
        return shift, lower.exp(), upper.exp()


def bent_quantiles(bends: Bends, widths: Tensor) -> Tensor:
    """Quantiles n × horizons × 7 from half-widths (horizons × 3); they cannot cross."""
    shift, lower, upper = bends
    below = -lower[..., None] * widths.flip(-1)
    above = upper[..., None] * widths
    return shift[..., None] + torch.cat([below, torch.zeros_like(below[..., :1]), above], dim=-1)


def train(network: BandBender, samples: Samples, epochs: int, learning_rate: float) -> float:
    """Train until the newest 15 % of the samples say stop; keep the best epoch, or none.

    Samples are in time order; between the two parts, those are left out whose targets overlap.
    Returns the factor, 0 to 1, by which predicted shifts are multiplied for the mean.
    """
    past, newest = _past_and_newest(samples)
    optimizer = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=0.01)
    best, best_loss, waited = copy.deepcopy(network.state_dict()), _loss(network, newest), 0
    for _ in range(epochs):
        for rows in torch.split(torch.randperm(len(past.targets)), _BATCH):
            optimizer.zero_grad()
            _pinball(network, past.part(rows)).backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
        loss, waited = _loss(network, newest), waited + 1
        if loss < best_loss:
            best, best_loss, waited = copy.deepcopy(network.state_dict()), loss, 0
        if waited == _PATIENCE:
            break
    network.load_state_dict(best)
    return _shrinkage(network, newest)


def _past_and_newest(samples: Samples) -> tuple[Samples, Samples]:
    """The first 85 % of the samples whose targets end before the others begin; and the others."""
    begins = samples.days[int(len(samples.days) * 0.85)]
    overlap = int(samples.targets.shape[1] * _DAYS_A_SESSION * _DAY)
    past = samples.part(samples.days < begins - overlap)
    return past, samples.part(samples.days >= begins)


@contextmanager
def one_thread() -> Iterator[None]:
    """Tensors this small gain nothing from more, and models run side by side."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def reproducible(seed: int, device: torch.device) -> Iterator[None]:
    """Seeded and repeatable, without touching the caller's generators and modes.

    All chance is drawn on the CPU, so that only its generator is seeded: wherever a fit runs, it
    starts from the same weights and takes its samples in the same order.
    """
    with one_thread(), torch.random.fork_rng(devices=[]), _repeatable(device):
        torch.default_generator.manual_seed(seed)
        yield


@contextmanager
def _repeatable(device: torch.device) -> Iterator[None]:
    """CUDA's algorithms that add in the same order each time; those of a CPU do anyway."""
    if device.type != "cuda":
        yield
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS reads it when it starts
    mode = torch.get_deterministic_debug_mode()
    torch.set_deterministic_debug_mode("warn")
    try:
        with torch.backends.cudnn.flags(
            enabled=True, benchmark=False, deterministic=True, allow_tf32=False
        ):
            yield
    finally:
        torch.set_deterministic_debug_mode(mode)


def _pinball(network: BandBender, samples: Samples) -> Tensor:
    """Mean quantile loss over samples, horizons and quantiles."""
    bent = bent_quantiles(network(samples.windows), samples.widths)
    error = samples.targets[..., None] - bent
    levels = torch.tensor(QUANTILES, device=error.device, dtype=error.dtype)
    # max(q e, (q - 1) e), in fewer steps
    return (torch.relu(error) - (1 - levels) * error).mean()


@torch.no_grad()
def _loss(network: BandBender, samples: Samples) -> float:
    return float(_pinball(network, samples))


@torch.no_grad()
def _shrinkage(network: BandBender, samples: Samples) -> float:
    """The slope of the newest changes on the shifts, less what of it may be chance.

    Changes overlap, so its variance comes from blocks as long as the farthest horizon, taken as
    independent (clustered errors: Liang & Zeger 1986); the slope is multiplied by the positive part
    of 1 − variance / slope², and kept within 0 to 1.
    """
    shift, _, _ = network(samples.windows)
    length = int(samples.targets.shape[1] * _DAYS_A_SESSION * _DAY)
    blocks = (samples.days - samples.days[0]) // length
    together, size = (shift * samples.targets).sum(dim=1), (shift * shift).sum(dim=1)
    sums = torch.zeros(int(blocks[-1]) + 1, 2, dtype=torch.float64)
    # On the CPU, which adds in the same order each time.
    sums.index_add_(0, blocks.cpu(), torch.stack([together, size], dim=1).double().cpu())
    total = sums.sum(dim=0)
    if total[0] <= 0 or total[1] <= 0:
        return 0.0
    slope = float(total[0] / total[1])
    left = sums @ torch.tensor([1.0, -slope], dtype=torch.float64)
    chance = float((left * left).sum() / total[0] ** 2)
    return min(1.0, slope * max(0.0, 1 - chance))
