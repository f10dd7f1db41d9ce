"""The futures curve of a commodity on one day, from the stored dated futures."""

import pandas as pd

from wellhead.analytics.curve import Curve, assemble
from wellhead.calendars import DateLike, now, to_utc
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.markets import market_of, strip
from wellhead.database.curves import contract_quotes, newest_quoted_day
from wellhead.errors import NoDataError, UnknownCommodityError
from wellhead.settings import get_settings

__all__ = ["Curve", "curve", "curve_if_stored"]


def curve(
    instrument: Instrument,
    date: DateLike | None = None,
    as_of: DateLike | None = None,
    *,
    source: str | None = None,
) -> Curve:
    """The futures curve of one day, as known at `as_of` (default: now).

    `instrument` is any of the market (WTI, WTI_FRONT, CLZ26). `date` is by default the newest day
    with a quote. Days and sources are never mixed: without `source`, the one with the most
    contracts on the day is used.

    Raises UnknownCommodityError, BadDateError, or NoDataError that says what to load.
    """
    market, known_at = market_of(instrument), to_utc(as_of or now(), name="as_of")
    day = newest_quoted_day(market, known_at, source) if date is None else to_utc(date).normalize()
    if day is None:
        raise NoDataError(_not_stored(market, "are stored"))
    quotes = contract_quotes(market, day, known_at, source)
    sources = quotes.loc[quotes["observed_at"] == day, "source"]
    if sources.empty:
        raise NoDataError(_not_stored(market, f"of {day.date()} are stored"))
    return assemble(quotes[quotes["source"] == _fullest(sources)], market, day)


def curve_if_stored(instrument: Instrument, source: str | None = None) -> Curve | None:
    """The newest curve; None if the commodity has no futures or none are stored."""
    try:
        return curve(instrument, source=source)
    except (UnknownCommodityError, NoDataError):
        return None


def _fullest(sources: pd.Series) -> str:
    """The source with the most quotes; of equal ones, the source of the settings."""
    counts = sources.value_counts().rename_axis("source").reset_index(name="quotes")
    counts["preferred"] = counts["source"] == get_settings().named_source
    return str(counts.sort_values(["quotes", "preferred", "source"])["source"].iloc[-1])


def _not_stored(market: str, what: str) -> str:
    places = ", ".join(place.key for place in strip(market))
    eia = f", or EIA's strip ({places}) with `wellhead ingest --source eia --series ...`"
    return (
        f"no quotes of {market} futures {what}. Load the dated contracts with "
        f"`wellhead curve {market} --load`{eia if places else ''}."
    )
