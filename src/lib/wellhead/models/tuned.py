"""Hyper-parameters that differ by commodity, and how a caller's own override them."""

import difflib
from collections.abc import Mapping
from typing import Any

from wellhead.catalogue.entries import catalogue
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instrument
from wellhead.errors import InputError, UnknownCommodityError

TUNED: dict[str, dict[str, dict[str, Any]]] = {
    "mean-reversion": {"HENRY_HUB": {"speed": 0.04, "short_weight": 0.2}},
    "regression": {
        "WTI": {"sister": "BRENT"},
        "BRENT": {"sister": "WTI"},
        "HENRY_HUB": {"speed": 0.05},
    },
    "futures": {"HENRY_HUB": {"strip": "HENRY_HUB_FUTURE"}},
}
"""Model -> commodity -> hyper-parameters that differ there from the model's defaults, which suit
oil. They also hold for the futures of that market, such as HENRY_HUB_FRONT."""


def params_for(
    model: str, instrument: Instrument | None, given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The hyper-parameters of a model for an instrument: `create(model, **params_for(...))`.

    `given` are the caller's, in the form of `env.yaml`: {speed: 0.03} holds for every commodity,
    and a mapping in it overrides that for the instrument it is named after:
    {speed: 0.03, HENRY_HUB: {speed: 0.05}}. A future without an override of its own takes that of
    its market. The most specific value wins: given for the instrument, given for all, TUNED, the
    model's default. `instrument` None: a series that is not in the catalogue.

    Raises InputError for an override of an instrument that is not in the catalogue.
    """
    for_all, overrides = split_overrides(model, given)
    tuned = _of(instrument, TUNED.get(model, {}))
    return {**tuned, **for_all, **_of(instrument, overrides)}


def with_override(
    model: str, instrument: Instrument, given: Mapping[str, Any] | None, chosen: Mapping[str, Any]
) -> dict[str, Any]:
    """`given`, with `chosen` as the override of one instrument: `params_for` then returns it.

    Everything else in `given` stays.
    """
    for_all, overrides = split_overrides(model, given)
    return {**for_all, **overrides, instrument.key: {**_of(instrument, overrides), **chosen}}


def split_overrides(
    model: str, given: Mapping[str, Any] | None
) -> tuple[dict[str, Any], dict[str, Mapping[str, Any]]]:
    """Hyper-parameters for every commodity, and the overrides by commodity.

    Raises InputError for an override of an instrument that is not in the catalogue.
    """
    given = given or {}
    for_all = {name: value for name, value in given.items() if not isinstance(value, Mapping)}
    overrides = {name: value for name, value in given.items() if isinstance(value, Mapping)}
    for key in overrides:
        _require_instrument(model, key)
    return for_all, overrides


def _require_instrument(model: str, key: str) -> None:
    """Raise InputError unless `key` is written exactly as in the catalogue."""
    try:
        nearest = [find_instrument(key).key]  # another spelling, such as an alias
    except UnknownCommodityError:
        nearest = difflib.get_close_matches(str(key).upper(), catalogue(), n=1)
    if nearest != [key]:
        hint = f" Did you mean {nearest[0]}?" if nearest else ""
        raise InputError(f"model {model}: {key!r} is not an instrument of the catalogue.{hint}")


def _of(
    instrument: Instrument | None, settings: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Any]:
    """The settings of an instrument; a future without its own takes those of its market."""
    if instrument is None:
        return {}
    return settings.get(instrument.key, settings.get(instrument.market or "", {}))
