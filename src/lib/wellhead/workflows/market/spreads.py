"""Verbs: refining margins and energy parity from the prices that are stored."""

import pandas as pd

from wellhead.analytics.spreads import crack, crack_321, energy_parity
from wellhead.calendars import DateLike
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.markets import front_month
from wellhead.database.operations import get_price_data
from wellhead.errors import NoDataError

_NOTHING = pd.Series(index=pd.DatetimeIndex([], tz="UTC", name="observed_at"), dtype=float)


def crack_spreads(
    crude: str = "WTI", source: str | None = None, as_of: DateLike | None = None
) -> pd.DataFrame:
    """Cracks over `crude` in USD/bbl: a column for each whose prices the source has, a row a day.

    `crude` is WTI, BRENT, or their front month, with which the products' front months are taken.
    A frame without columns if there are no such prices, or if the commodity is no crude oil.
    """
    oil = _crude_oil(crude, source, as_of)
    gasoline = _beside(crude, "GASOLINE", source, as_of)
    heating_oil = _beside(crude, "HEATING_OIL", source, as_of)
    margins = {
        "gasoline crack": crack(gasoline, oil),
        "heating oil crack": crack(heating_oil, oil),
        "3-2-1 crack": crack_321(oil, gasoline, heating_oil),
    }
    return pd.DataFrame({name: margin for name, margin in margins.items() if len(margin)})


def oil_and_gas(
    crude: str = "WTI", source: str | None = None, as_of: DateLike | None = None
) -> pd.DataFrame:
    """Oil and gas in USD/MMBtu, as `energy_parity` gives it; empty if one of them is not stored,
    or if the commodity is no crude oil."""
    gas = _beside(crude, "HENRY_HUB", source, as_of)
    return energy_parity(_crude_oil(crude, source, as_of), gas)


def _crude_oil(key: str, source: str | None, as_of: DateLike | None) -> pd.Series:
    """Prices in USD/bbl; none of what is no crude oil."""
    instrument = find_instrument(key)
    is_price_of_crude = instrument.product == "crude" and instrument.unit == "USD/bbl"
    return _stored(key, source, as_of) if is_price_of_crude else _NOTHING


def _beside(crude: str, other: str, source: str | None, as_of: DateLike | None) -> pd.Series:
    """Another commodity, quoted as the crude is: spot by spot, front month by front month."""
    is_front = find_instrument(crude).kind == "front"
    return _stored(front_month(other).key if is_front else other, source, as_of)


def _stored(key: str, source: str | None, as_of: DateLike | None) -> pd.Series:
    """Prices by day; none if none are stored."""
    try:
        prices = get_price_data(key, "1900-01-01", as_of=as_of, source=source)
    except NoDataError:
        return _NOTHING
    return prices.set_index("observed_at")["value"]
