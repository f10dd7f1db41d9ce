"""Hyper-parameters that differ by commodity: one table, and how a caller's own come over it."""

from collections.abc import Mapping
from typing import Any

TUNED: dict[str, dict[str, dict[str, Any]]] = {
    "mean-reversion": {"HENRY_HUB": {"speed": 0.04, "short_weight": 0.2}},
    "regression": {
        "WTI": {"sister": "BRENT"},
        "BRENT": {"sister": "WTI"},
        "HENRY_HUB": {"speed": 0.05},
    },
    "futures": {"HENRY_HUB": {"strip": "HENRY_HUB_FUTURE"}},
}
"""Model -> commodity -> what differs there from the model's defaults, which are those for oil.
A commodity's futures (`HENRY_HUB_FRONT`) take its settings."""


def params_for(
    model: str, commodity: str, given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The hyper-parameters of a model for a commodity: `create(model, **params_for(...))`.

    `given` are a caller's, as `env.yaml` holds them for all commodities: {speed: 0.03}. A mapping
    in them is meant for the commodity it is named after: {speed: 0.03, HENRY_HUB: {speed: 0.05}}.
    The nearest wins: given for the commodity, given for all, tuned here, the model's default.
    """
    given = given or {}
    for_all = {name: value for name, value in given.items() if not isinstance(value, Mapping)}
    own = {name: value for name, value in given.items() if isinstance(value, Mapping)}
    return {**_of(commodity, TUNED.get(model, {})), **for_all, **_of(commodity, own)}


def given_with(
    given: Mapping[str, Any] | None, commodity: str, chosen: Mapping[str, Any]
) -> dict[str, Any]:
    """What is given, with what was chosen for a commodity: `params_for` then gives that.

    Everything else that is given stays. Where one name begins another the longer one comes first,
    for the first that fits a commodity is taken.
    """
    given = given or {}
    for_all = {name: value for name, value in given.items() if not isinstance(value, Mapping)}
    own = {name: value for name, value in given.items() if isinstance(value, Mapping)}
    own[commodity] = {**_of(commodity, own), **chosen}
    return {**for_all, **dict(sorted(own.items(), key=lambda entry: -len(entry[0])))}


def _of(commodity: str, settings: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    for key, values in settings.items():
        if commodity == key or commodity.startswith(f"{key}_"):
            return values
    return {}
