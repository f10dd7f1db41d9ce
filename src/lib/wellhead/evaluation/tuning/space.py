"""The hyper-parameters of each model that can be tuned, and their bounds.

`wellhead.models.tuned` holds the values chosen. Band windows, the device, the seed and names of
other data are not tuned: bands are calibrated afterwards, and the rest has no loss to minimise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wellhead.errors import InputError
from wellhead.models.registry import require_known

_YEAR = 252  # sessions


@dataclass(frozen=True)
class Between:
    """Numbers from `low` to `high`, both included; whole ones if both are.

    `log`: drawn on a logarithmic scale.
    """

    low: float
    high: float
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether its values are integers."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def __contains__(self, value: object) -> bool:
        fits = isinstance(value, int if self.whole else (int, float))
        return fits and not isinstance(value, bool) and self.low <= value <= self.high  # type: ignore[operator]  # it is a number

    def including(self, value: float) -> "Between":
        """The same range, extended to include a value."""
        return replace(self, low=min(self.low, value), high=max(self.high, value))


@dataclass(frozen=True)
class OneOf:
    """One of a few values without an order."""

    options: tuple[bool | str, ...]

    def __contains__(self, value: object) -> bool:
        return value in self.options

    def including(self, value: bool | str) -> "OneOf":
        """The same options and a value."""
        return self if value in self else OneOf((*self.options, value))


Space = Mapping[str, Between | OneOf]
"""Hyper-parameter -> its allowed values."""

_MEAN = {"speed": Between(0.002, 0.2, log=True), "window": Between(_YEAR, 15 * _YEAR, log=True)}

SPACES: dict[str, Space] = {
    "drift": {"drift_window": Between(_YEAR, 20 * _YEAR, log=True)},
    "mean-reversion": {
        **_MEAN,
        "short_weight": Between(0.0, 0.5),
        "short_window": Between(3, 63, log=True),
        "short_half_life": Between(2, 63, log=True),
    },
    "regression": {
        **_MEAN,
        "prior_rows": Between(500, 50_000, log=True),
        "prior_rows_a_session": Between(10, 1_000, log=True),
        "stocks": OneOf((False, True)),
    },
    "seasonal": {"window": Between(5 * _YEAR, 30 * _YEAR, log=True)},
    "exponential-smoothing": {"window": Between(_YEAR, 20 * _YEAR, log=True)},
    "arima": {
        "window": Between(2 * _YEAR, 20 * _YEAR, log=True),
        "max_order": Between(1, 4),
        "drift": OneOf((False, True)),
        "exogenous": OneOf((False, True)),
    },
    "prophet": {
        "window": Between(4 * _YEAR, 20 * _YEAR, log=True),
        "growth": OneOf(("flat", "linear")),
        "changepoint_prior_scale": Between(0.001, 0.5, log=True),
        "seasonality_prior_scale": Between(0.0001, 1.0, log=True),
    },
    "lstm": {
        "window": Between(20, 120, log=True),
        "hidden": Between(8, 64, log=True),
        "epochs": Between(5, 40, log=True),
        "learning_rate": Between(0.0005, 0.01, log=True),
    },
}
"""Model -> its search space. A model that is missing here has nothing to tune."""


def search_space(model: str, only: Sequence[str] | None = None) -> Space:
    """The search space of a model, or of `only` some of its hyper-parameters (None: all).

    Raises UnknownModelError, or InputError with the names that can be tuned.
    """
    require_known(model)
    if model not in SPACES:
        raise InputError(f"model {model} has nothing to tune. Choose one of: {', '.join(SPACES)}.")
    space = SPACES[model]
    chosen = list(space) if only is None else only
    if unknown := [name for name in chosen if name not in space]:
        raise InputError(f"{model} has no {unknown[0]!r} to tune. Choose from: {', '.join(space)}.")
    return {name: values for name, values in space.items() if name in chosen}
