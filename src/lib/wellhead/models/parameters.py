"""Hyper-parameters: the fields of a dataclass, checked when they are read."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

from wellhead.errors import InputError


@dataclass(frozen=True)
class Parameters:
    """`band_window`: sessions of past changes that the bands are computed from."""

    band_window: int = 2500


P = TypeVar("P", bound=Parameters)


def read_parameters(model: str, parameters: type[P], given: Mapping[str, object]) -> P:
    """The dataclass `parameters` from given values: known names, the default's type, positive.

    Raises InputError, which names the hyper-parameter and what is allowed.
    """
    defaults = as_dict(parameters())
    for name, value in given.items():
        if name not in defaults:
            known = ", ".join(defaults) or "none"
            raise InputError(f"model {model} has no hyper-parameter {name!r}. Known: {known}.")
        if not _fits(value, defaults[name]):
            raise InputError(
                f"hyper-parameter {name} of {model} cannot be {value!r}: "
                f"give a value like {defaults[name]!r}."
            )
    return parameters(**given)  # type: ignore[arg-type]  # each was just checked


def _fits(value: object, default: object) -> bool:
    """Whether a value has the default's type; an integer counts as a float.

    Numbers must be positive; zero is allowed where it is the default, which switches something off.
    """
    if isinstance(default, str) or isinstance(value, bool):
        return type(value) is type(default)
    wanted = (int, float) if isinstance(default, float) else (int,)
    return isinstance(value, wanted) and (value > 0 or value == default == 0)


def as_dict(params: Parameters) -> dict[str, object]:
    """The hyper-parameters by name."""
    return {entry.name: getattr(params, entry.name) for entry in fields(params)}
