"""The factors between units, each with its source: the only numbers that conversions use.

They are stored as fractions. Defined factors are exact; a heat content is an average.
"""

from fractions import Fraction
from typing import NamedTuple


class Factor(NamedTuple):
    """One of a unit is `amount` of `base`; `source` says where this is written."""

    amount: Fraction
    base: str
    source: str
    exact: bool = True


_DEFINED = "by definition"
_NIST = "NIST Handbook 44, appendix C"
_BTU = "International Table Btu: 1,055.05585262 J exactly (ISO 80000-5)"
_AER = "EIA, Annual Energy Review 2011, table A1, gross heat content"
_MER = "EIA, Monthly Energy Review May 2019, table A1, gross heat content"

CURRENCIES = {
    "USD": Factor(Fraction(1), "USD", _DEFINED),
    "cents": Factor(Fraction(1, 100), "USD", "US cents, by definition"),
    "EUR": Factor(Fraction(1), "EUR", _DEFINED),
    "GBP": Factor(Fraction(1), "GBP", _DEFINED),
    "pence": Factor(Fraction(1, 100), "GBP", "pence sterling, by definition"),
}
# A tonne has no factor to a barrel: it depends on the density of the cargo, and so on its grade.
# A billion cubic feet of gas has none to MMBtu: its heat differs between fields and years.
AMOUNTS = {
    "bbl": Factor(Fraction(1), "bbl", _DEFINED),
    "gal": Factor(Fraction(1, 42), "bbl", f"42 US gallons a barrel, {_NIST}"),
    "thousand bbl": Factor(Fraction(1_000), "bbl", _DEFINED),
    "million bbl": Factor(Fraction(1_000_000), "bbl", _DEFINED),
    "MMBtu": Factor(Fraction(1), "MMBtu", _DEFINED),
    "therm": Factor(Fraction(1, 10), "MMBtu", "100,000 Btu, by definition"),
    "MWh": Factor(Fraction(3_600) / Fraction("1055.05585262"), "MMBtu", _BTU),
    "t": Factor(Fraction(1), "t", _DEFINED),
    "Bcf": Factor(Fraction(1), "Bcf", _DEFINED),
}
# MMBtu in a barrel. They are averages of a country and year: a cargo differs by a few per cent.
HEAT_CONTENT = {
    "crude": Factor(
        Fraction("5.800"), "MMBtu", "EIA, Annual Energy Review 2011, table A2: US production", False
    ),
    "gasoline": Factor(Fraction("5.253"), "MMBtu", f"{_AER}: motor gasoline, conventional", False),
    "distillate": Factor(Fraction("5.825"), "MMBtu", f"{_AER}: distillate fuel oil", False),
    "ulsd": Factor(Fraction("5.770"), "MMBtu", f"{_MER}: distillate to 15 ppm sulphur", False),
    "jet": Factor(Fraction("5.670"), "MMBtu", f"{_AER}: jet fuel, kerosene-type", False),
    "propane": Factor(Fraction("3.836"), "MMBtu", f"{_AER}: propane", False),
}
LEVELS = (
    *("index points", "percent", "index 2006=100", "index 2017=100", "index 1982-84=100"),
    "contracts",
)
