"""Refining margins, and oil and gas by energy, from the stored prices."""

import pandas as pd

from wellhead.analytics.spreads import crack, crack_321, energy_parity
from wellhead.calendars import DateLike
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.markets import front_month
from wellhead.workflows.market.prices import values_or_empty

_NO_PRICES = pd.Series(index=pd.DatetimeIndex([], tz="UTC", name="observed_at"), dtype=float)


def crack_spreads(
    crude: Instrument, source: str | None = None, as_of: DateLike | None = None
) -> pd.DataFrame:
    """Crack spreads over `crude` in USD/bbl: a column for each with stored prices, a row a day.

    `crude` is WTI, BRENT, or their front month, which is compared with the products' front months.
    The frame has no columns if there are no such prices, or if the commodity is not crude oil.
    """
    oil = _crude_oil(crude, source, as_of)
    gasoline = _other(crude, "GASOLINE", source, as_of)
    heating_oil = _other(crude, "HEATING_OIL", source, as_of)
    margins = {
        "gasoline crack": crack(gasoline, oil),
        "heating oil crack": crack(heating_oil, oil),
        "3-2-1 crack": crack_321(oil, gasoline, heating_oil),
    }
    return pd.DataFrame({name: margin for name, margin in margins.items() if len(margin)})


def oil_and_gas(
    crude: Instrument, source: str | None = None, as_of: DateLike | None = None
) -> pd.DataFrame:
    """Oil and gas in USD/MMBtu, as `energy_parity` returns them.

    Empty if one of them is not stored, or if the commodity is not crude oil.
    """
    gas = _other(crude, "HENRY_HUB", source, as_of)
    return energy_parity(_crude_oil(crude, source, as_of), gas)


def _crude_oil(crude: Instrument, source: str | None, as_of: DateLike | None) -> pd.Series:
    """Prices in USD/bbl; none if the instrument is not crude oil."""
    is_price_of_crude = crude.product == "crude" and crude.unit == "USD/bbl"
    return values_or_empty(crude.key, source, as_of) if is_price_of_crude else _NO_PRICES


def _other(crude: Instrument, other: str, source: str | None, as_of: DateLike | None) -> pd.Series:
    """Another commodity, quoted as the crude is: spot, or front month."""
    key = front_month(other).key if crude.kind == "front" else other
    return values_or_empty(key, source, as_of)
