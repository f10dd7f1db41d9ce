"""Conversion of units; every conversion can list its factors and their sources.

A unit is a level ('index points', 'percent', 'contracts'), an amount ('thousand bbl'), or a price:
a currency per amount ('USD/bbl', 'cents/gal'). Between volume and heat there is no exact factor: a
conversion needs the product, and EIA's average heat content of it.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import overload

import pandas as pd

from wellhead.catalogue.unit_factors import AMOUNTS, CURRENCIES, HEAT_CONTENT, LEVELS, Factor
from wellhead.errors import UnitMismatchError


@dataclass(frozen=True)
class Step:
    """One multiplication of a conversion, in words, with its factor and source."""

    text: str
    factor: Fraction
    exact: bool
    source: str


@dataclass(frozen=True)
class Conversion:
    """A conversion: `factor` is the product of the factors of its steps."""

    from_unit: str
    to_unit: str
    steps: tuple[Step, ...]

    @property
    def factor(self) -> float:
        """The number to multiply by."""
        return float(prod((step.factor for step in self.steps), start=Fraction(1)))

    @property
    def exact(self) -> bool:
        """Whether every step is exact; False if one is an average."""
        return all(step.exact for step in self.steps)

    def table(self) -> pd.DataFrame:
        """One row per step: step, factor, exact, source."""
        rows = [(step.text, float(step.factor), step.exact, step.source) for step in self.steps]
        return pd.DataFrame(rows, columns=["step", "factor", "exact", "source"])


class _NeedsMoreError(Exception):
    """What a conversion lacks; never leaves this module."""


def is_known(unit: str) -> bool:
    """Whether the unit is known."""
    money, slash, amount = unit.partition("/")
    return money in CURRENCIES and amount in AMOUNTS if slash else unit in (*AMOUNTS, *LEVELS)


def currency(unit: str) -> str | None:
    """The currency of a price's unit ('USD' for 'cents/gal'); None for other units."""
    money, slash, _ = unit.partition("/")
    return CURRENCIES[money].base if slash and money in CURRENCIES else None


@overload
def convert(value: float, from_unit: str, to_unit: str, product: str | None = None) -> float: ...
@overload
def convert(
    value: pd.Series, from_unit: str, to_unit: str, product: str | None = None
) -> pd.Series: ...
def convert(
    value: float | pd.Series, from_unit: str, to_unit: str, product: str | None = None
) -> float | pd.Series:
    """`value` (a number or a Series, of any sign) in another unit.

    `product` names the heat content to use between volume and heat. Raises UnitMismatchError as
    `conversion` does, which also shows the factors.
    """
    return value * conversion(from_unit, to_unit, product).factor


def conversion(from_unit: str, to_unit: str, product: str | None = None) -> Conversion:
    """The steps from one unit to another, each with its source.

    Raises UnitMismatchError, which says what is missing: a known unit, a product, an exchange rate,
    a density.
    """
    try:
        return Conversion(from_unit, to_unit, tuple(_steps(from_unit, to_unit, product)))
    except _NeedsMoreError as missing:
        raise UnitMismatchError(
            f"{from_unit} cannot be converted to {to_unit}: {missing}."
        ) from None


def _steps(from_unit: str, to_unit: str, product: str | None) -> list[Step]:
    for unit in (from_unit, to_unit):
        if not is_known(unit):
            raise _NeedsMoreError(f"{unit!r} is not among the units of docs/units.md")
    if from_unit == to_unit:
        return []
    is_price = "/" in from_unit
    if {from_unit, to_unit} & set(LEVELS) or is_price != ("/" in to_unit):
        raise _NeedsMoreError("they do not measure the same thing")
    if not is_price:
        return _amount_steps(from_unit, to_unit, product)
    (money, amount), (to_money, to_amount) = from_unit.split("/"), to_unit.split("/")
    per_amount = map(_inverse, _amount_steps(amount, to_amount, product))
    return [*_money_steps(money, to_money), *per_amount]


def _money_steps(money: str, to_money: str) -> list[Step]:
    first, last = CURRENCIES[money], CURRENCIES[to_money]
    if first.base != last.base:
        raise _NeedsMoreError(f"it needs the day's exchange rate of {first.base} to {last.base}")
    return _through_base(money, to_money, CURRENCIES)


def _amount_steps(amount: str, to_amount: str, product: str | None) -> list[Step]:
    first, last = AMOUNTS[amount].base, AMOUNTS[to_amount].base
    if first == last:
        return _through_base(amount, to_amount, AMOUNTS)
    bridge = _heat_step(first, last, product)
    return [
        *_through_base(amount, first, AMOUNTS),
        bridge if last == "MMBtu" else _inverse(bridge),
        *_through_base(last, to_amount, AMOUNTS),
    ]


def _heat_step(first: str, last: str, product: str | None) -> Step:
    if "t" in (first, last):
        raise _NeedsMoreError("a tonne needs the density of the cargo, which no table here has")
    if "Bcf" in (first, last):
        raise _NeedsMoreError("a volume of gas needs its heat content, which no table here has")
    if product not in HEAT_CONTENT:
        known = ", ".join(HEAT_CONTENT)
        raise _NeedsMoreError(f"it needs the product, one of {known}; given: {product}")
    heat = HEAT_CONTENT[product]
    text = f"1 bbl of {product} = {float(heat.amount):g} MMBtu"
    return Step(text, heat.amount, heat.exact, heat.source)


def _through_base(unit: str, to_unit: str, factors: dict[str, Factor]) -> list[Step]:
    """Steps from one unit to another of the same base; the base itself needs no step."""
    if unit == to_unit:
        return []
    into, out_of = _base_step(unit, factors[unit]), _base_step(to_unit, factors[to_unit])
    return [step for step in (into, _inverse(out_of)) if step.factor != 1]


def _base_step(unit: str, factor: Factor) -> Step:
    """From a unit to its base, written with the larger number: '1 bbl = 42 gal'."""
    amount, base = factor.amount, factor.base
    whole = amount if amount > 1 else 1 / amount
    units = (unit, base) if amount > 1 else (base, unit)
    text = f"1 {units[0]} = {float(whole):.10g} {units[1]}"
    return Step(text, amount, factor.exact, factor.source)


def _inverse(step: Step) -> Step:
    """The reverse step. For a price per amount it is also the step of the amount."""
    return Step(step.text, 1 / step.factor, step.exact, step.source)
