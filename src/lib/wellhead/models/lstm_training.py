"""How the network of the LSTM forecaster is trained: quantile loss, early stopping, one seed."""

import copy
import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from wellhead.errors import InputError
from wellhead.models.lstm_network import BandAdjuster, Samples, adjusted_quantiles
from wellhead.tables import QUANTILES

_PATIENCE = 3  # epochs without a better validation loss
_BATCH = 256
_DAY = 86_400  # seconds
_DAYS_A_SESSION = 1.5  # of the calendar: weekends and holidays, rounded up


def training_device(name: str) -> torch.device:
    """The device called 'auto', 'cpu' or 'cuda'. Raises InputError where there is no CUDA."""
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("there is no CUDA device here: set device to auto or cpu.")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def train(network: BandAdjuster, samples: Samples, epochs: int, learning_rate: float) -> float:
    """Train on the older 85 % of the samples; keep the epoch with the best loss on the newest 15 %.

    The epoch kept may be none: the network then stays as it was. Samples are in time order. Older
    samples whose targets overlap the newest part are left out. Returns the factor, 0 to 1, by which
    predicted shifts are multiplied for the mean.
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
    """The first 85 % of the samples, as far as their targets end before the rest; and the rest."""
    begins = samples.days[int(len(samples.days) * 0.85)]
    overlap = int(samples.targets.shape[1] * _DAYS_A_SESSION * _DAY)
    past = samples.part(samples.days < begins - overlap)
    return past, samples.part(samples.days >= begins)


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch on one thread: tensors this small gain nothing from more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def reproducible(seed: int, device: torch.device) -> Iterator[None]:
    """Seeded and repeatable, without touching the caller's generators and modes.

    All random numbers come from the CPU's generator, so a fit starts from the same weights and
    takes its samples in the same order on every device.
    """
    with one_thread(), torch.random.fork_rng(devices=[]), _deterministic(device):
        torch.default_generator.manual_seed(seed)
        yield


@contextmanager
def _deterministic(device: torch.device) -> Iterator[None]:
    """Use CUDA's deterministic algorithms; those of a CPU are deterministic anyway."""
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


def _pinball(network: BandAdjuster, samples: Samples) -> Tensor:
    """Mean quantile loss over samples, horizons and quantiles."""
    quantiles = adjusted_quantiles(network(samples.windows), samples.widths)
    error = samples.targets[..., None] - quantiles
    levels = torch.tensor(QUANTILES, device=error.device, dtype=error.dtype)
    # max(q e, (q - 1) e), in fewer steps
    return (torch.relu(error) - (1 - levels) * error).mean()


@torch.no_grad()
def _loss(network: BandAdjuster, samples: Samples) -> float:
    return float(_pinball(network, samples))


@torch.no_grad()
def _shrinkage(network: BandAdjuster, samples: Samples) -> float:
    """The slope of the newest changes on the predicted shifts, shrunk by its sampling variance.

    Changes overlap, so the variance comes from blocks as long as the farthest horizon, taken as
    independent (clustered errors: Liang & Zeger 1986). The slope is multiplied by the positive part
    of 1 − variance / slope², and kept within 0 to 1.
    """
    shift, _, _ = network(samples.windows)
    length = int(samples.targets.shape[1] * _DAYS_A_SESSION * _DAY)
    blocks = (samples.days - samples.days[0]) // length
    products, squares = (shift * samples.targets).sum(dim=1), (shift * shift).sum(dim=1)
    sums = torch.zeros(int(blocks[-1]) + 1, 2, dtype=torch.float64)
    # On the CPU, which adds in the same order each time.
    sums.index_add_(0, blocks.cpu(), torch.stack([products, squares], dim=1).double().cpu())
    total = sums.sum(dim=0)
    if total[0] <= 0 or total[1] <= 0:
        return 0.0
    slope = float(total[0] / total[1])
    residuals = sums @ torch.tensor([1.0, -slope], dtype=torch.float64)
    chance = float((residuals * residuals).sum() / total[0] ** 2)
    return min(1.0, slope * max(0.0, 1 - chance))
