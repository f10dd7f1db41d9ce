"""Conversion of units: exact where it is defined, audited, signed, and refused where it lacks."""

from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellhead.catalogue.unit_factors import AMOUNTS, CURRENCIES, HEAT_CONTENT, LEVELS
from wellhead.catalogue.units import conversion, convert, currency, is_known
from wellhead.errors import UnitMismatchError

PRICES = [
    f"{money}/{amount}"
    for money in ("USD", "cents")
    for amount in AMOUNTS
    if amount not in ("t", "Bcf")
]
VALUES = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("value", "from_unit", "to_unit", "product", "result"),
    [
        (2.5, "USD/gal", "USD/bbl", None, 105.0),
        (250, "cents/gal", "USD/gal", None, 2.5),
        (250, "cents/gal", "USD/bbl", None, 105.0),
        (-36.98, "USD/bbl", "USD/gal", None, -36.98 / 42),
        (0.0, "USD/bbl", "USD/gal", None, 0.0),
        (420_000, "thousand bbl", "million bbl", None, 420.0),
        (1, "thousand bbl", "gal", None, 42_000.0),
        (58.0, "USD/bbl", "USD/MMBtu", "crude", 10.0),
        (10.0, "USD/MMBtu", "USD/bbl", "crude", 58.0),
        (1.0, "USD/gal", "USD/MMBtu", "propane", 42 / 3.836),
        (30.0, "EUR/MWh", "EUR/MMBtu", None, 30 / 3.412141633),
        (5.25, "bbl", "MMBtu", "gasoline", 5.25 * 5.253),
    ],
)
def test_known_conversions(
    value: float, from_unit: str, to_unit: str, product: str | None, result: float
) -> None:
    assert convert(value, from_unit, to_unit, product) == pytest.approx(result, rel=1e-9)


def test_what_is_defined_is_not_rounded() -> None:
    assert conversion("cents/gal", "USD/bbl").factor == 0.42
    assert conversion("USD/bbl", "USD/gal").steps[0].factor == Fraction(1, 42)


@given(
    value=VALUES,
    first=st.sampled_from(PRICES),
    last=st.sampled_from(PRICES),
    product=st.sampled_from(sorted(HEAT_CONTENT)),
)
def test_there_and_back_is_where_one_was(value: float, first: str, last: str, product: str) -> None:
    there = convert(value, first, last, product)
    assert convert(there, last, first, product) == pytest.approx(value, rel=1e-12, abs=1e-12)
    assert (there > 0) == (value > 0) or there == 0  # the sign stays, down to the smallest floats


@given(
    first=st.sampled_from(PRICES),
    middle=st.sampled_from(PRICES),
    last=st.sampled_from(PRICES),
    product=st.sampled_from(sorted(HEAT_CONTENT)),
)
def test_a_detour_changes_nothing(first: str, middle: str, last: str, product: str) -> None:
    direct = conversion(first, last, product).factor
    detour = conversion(first, middle, product).factor * conversion(middle, last, product).factor
    assert detour == pytest.approx(direct, rel=1e-12)


def test_a_series_keeps_its_days_and_its_signs() -> None:
    days = pd.to_datetime(["2020-04-17", "2020-04-20", "2020-04-21"], utc=True)
    prices = pd.Series([18.31, -36.98, None], index=days)
    heat = convert(prices, "USD/bbl", "USD/MMBtu", "crude")
    assert heat.index.equals(days)
    assert heat.iloc[1] == pytest.approx(-36.98 / 5.8)
    assert pd.isna(heat.iloc[2])


def test_the_audit_names_every_factor_and_its_source() -> None:
    made = conversion("cents/gal", "USD/MMBtu", "gasoline")
    assert [step.text for step in made.steps] == [
        "1 USD = 100 cents",
        "1 bbl = 42 gal",
        "1 bbl of gasoline = 5.253 MMBtu",
    ]
    assert made.table()["exact"].tolist() == [True, True, False]
    assert made.table()["factor"].prod() == pytest.approx(made.factor)
    assert "Annual Energy Review 2011" in made.steps[-1].source
    assert not made.exact
    assert conversion("cents/gal", "USD/bbl").exact
    assert conversion("USD/bbl", "USD/bbl").steps == ()


IMPOSSIBLE = {
    "no product": ("USD/bbl", "USD/MMBtu", None, "needs the product, one of crude"),
    "an unknown product": ("USD/bbl", "USD/MMBtu", "naphtha", "given: naphtha"),
    "two currencies": ("EUR/MWh", "USD/MMBtu", None, "exchange rate of EUR to USD"),
    "a volume of gas": ("Bcf", "MMBtu", None, "needs its heat content"),
    "positions": ("contracts", "bbl", "crude", "not measure the same"),
    "tonnes": ("USD/t", "USD/bbl", "crude", "needs the density"),
    "a price and an amount": ("USD/bbl", "bbl", None, "not measure the same"),
    "a level": ("index points", "USD/bbl", None, "not measure the same"),
    "a unit nobody knows": ("USD/firkin", "USD/bbl", None, "'USD/firkin' is not among the units"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_an_impossible_conversion_says_what_it_needs(case: str) -> None:
    first, last, product, words = IMPOSSIBLE[case]
    with pytest.raises(UnitMismatchError, match=words) as caught:
        conversion(first, last, product)
    assert f"{first} cannot be converted to {last}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_factor_has_a_source_and_heat_contents_are_not_called_exact() -> None:
    for factor in (*AMOUNTS.values(), *CURRENCIES.values(), *HEAT_CONTENT.values()):
        assert factor.source
        assert factor.amount > 0
    assert not any(factor.exact for factor in HEAT_CONTENT.values())
    assert all("EIA" in factor.source for factor in HEAT_CONTENT.values())


def test_units_and_their_currencies() -> None:
    assert all(map(is_known, (*PRICES, *AMOUNTS, *LEVELS)))
    assert not any(map(is_known, ("USD", "bbl/USD", "USD/", "$/bbl", "")))
    assert currency("cents/gal") == "USD"
    assert currency("thousand bbl") is None
