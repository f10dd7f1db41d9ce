"""Refining margins, and oil and gas by energy, from the stored prices."""

import pandas as pd

from wellhead.analytics.spreads import crack, crack_321, energy_parity
from wellhead.calendars import DateLike
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.markets import front_month
from wellhead.catalogue.series import SeriesKey
from wellhead.workflows.market.prices import values_by_day


def crack_spreads(crude: Instrument, source: str, as_of: DateLike | None = None) -> pd.DataFrame:
    """Crack spreads over `crude` in USD/bbl: a column for each with stored prices, a row a day.

    `crude` is WTI, BRENT, or their front month, which is compared with the products' front months.
    The frame has no columns if there are no such prices, or if the commodity is not crude oil.
    """
    if not _is_price_of_crude(crude):
        return pd.DataFrame()
    oil = values_by_day(SeriesKey(crude.key, source), as_of)
    gasoline = _other(crude, "GASOLINE", source, as_of)
    heating_oil = _other(crude, "HEATING_OIL", source, as_of)
    margins = {
        "gasoline crack": crack(gasoline, oil),
        "heating oil crack": crack(heating_oil, oil),
        "3-2-1 crack": crack_321(oil, gasoline, heating_oil),
    }
    return pd.DataFrame({name: margin for name, margin in margins.items() if len(margin)})


def oil_and_gas(crude: Instrument, source: str, as_of: DateLike | None = None) -> pd.DataFrame:
    """Oil and gas in USD/MMBtu, as `energy_parity` returns them.

    Empty if one of them is not stored, or if the commodity is not crude oil.
    """
    oil = values_by_day(SeriesKey(crude.key, source), as_of)
    gas = _other(crude, "HENRY_HUB", source, as_of)
    return energy_parity(oil if _is_price_of_crude(crude) else oil.head(0), gas)


def _is_price_of_crude(instrument: Instrument) -> bool:
    return instrument.product == "crude" and instrument.unit == "USD/bbl"


def _other(crude: Instrument, other: str, source: str, as_of: DateLike | None) -> pd.Series:
    """Another commodity, quoted as the crude is: spot, or front month."""
    key = front_month(other).key if crude.kind == "front" else other
    return values_by_day(SeriesKey(key, source), as_of)
