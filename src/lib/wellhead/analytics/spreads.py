"""Spreads between commodities: refining margins, and oil against gas by energy.

Each spread has the days that all its prices have; nothing is filled in. Prices may be negative.
"""

import pandas as pd

from wellhead.catalogue.units import convert


def crack(product: pd.Series, crude: pd.Series, unit: str = "USD/gal") -> pd.Series:
    """The price of a barrel of product minus that of a barrel of crude, in USD/bbl.

    `product` is in `unit`, `crude` in USD/bbl, both indexed by day.
    """
    return (convert(product, unit, "USD/bbl") - crude).dropna().rename("crack")


def crack_321(crude: pd.Series, gasoline: pd.Series, distillate: pd.Series) -> pd.Series:
    """The 3-2-1 crack spread, in USD/bbl of crude: three barrels of crude (USD/bbl) make two of
    gasoline and one of distillate (both USD/gal). Source: EIA, glossary, "crack spread".
    """
    margins = 2 * crack(gasoline, crude) + crack(distillate, crude)
    return (margins / 3).dropna().rename("3-2-1 crack")


def energy_parity(oil: pd.Series, gas: pd.Series, product: str = "crude") -> pd.DataFrame:
    """Oil (USD/bbl) and gas (USD/MMBtu) by energy content, in USD/MMBtu.

    One row per day: oil, gas, premium (oil minus gas) and ratio (oil / gas), which is NaN where gas
    is not above zero. The heat content of oil is an average (`wellhead.catalogue.unit_factors`), so
    the parity is accurate to a few per cent.
    """
    by_energy = convert(oil, "USD/bbl", "USD/MMBtu", product)
    both = pd.DataFrame({"oil": by_energy, "gas": gas}).dropna()
    ratio = both["oil"] / both["gas"].where(both["gas"] > 0)
    return both.assign(premium=both["oil"] - both["gas"], ratio=ratio)
