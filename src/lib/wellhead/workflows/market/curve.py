"""Verbs: load the dated futures of a commodity, and show its curve of one day."""

import pandas as pd

from wellhead.analytics.curve import Curve, assemble
from wellhead.calendars import DateLike, now, to_utc
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.markets import market_of, strip
from wellhead.database.curves import contract_quotes, newest_quoted_day
from wellhead.errors import NoDataError, UnknownCommodityError
from wellhead.settings import get_settings

__all__ = ["Curve", "curve", "curve_if_stored"]


def curve(
    commodity: str,
    date: DateLike | None = None,
    as_of: DateLike | None = None,
    *,
    source: str | None = None,
) -> Curve:
    """The futures curve of one day, as one could have known it at `as_of` (default: now).

    `commodity` is any instrument of the market (WTI, WTI_FRONT, CLZ26); `date` is by default the
    newest day with a quote. Days and sources are never mixed: without `source`, the one that
    quotes the most contracts on the day answers.

    Raises UnknownCommodityError, BadDateError, or NoDataError that says what to load.
    """
    market, known_at = market_of(find_instrument(commodity)), to_utc(as_of or now(), name="as_of")
    day = newest_quoted_day(market, known_at, source) if date is None else to_utc(date).normalize()
    if day is None:
        raise NoDataError(_nothing(market, "are stored"))
    quotes = contract_quotes(market, day, known_at, source)
    of_day = quotes.loc[quotes["observed_at"] == day, "source"]
    if of_day.empty:
        raise NoDataError(_nothing(market, f"of {day.date()} are stored"))
    return assemble(quotes[quotes["source"] == _fullest(of_day)], market, day)


def curve_if_stored(commodity: str, source: str | None = None) -> Curve | None:
    """The newest curve, or None where the commodity has no futures or none are stored."""
    try:
        return curve(commodity, source=source)
    except (UnknownCommodityError, NoDataError):
        return None


def _fullest(sources: pd.Series) -> str:
    counts = sources.value_counts().rename_axis("source").reset_index(name="quotes")
    counts["preferred"] = counts["source"] == get_settings().source
    return str(counts.sort_values(["quotes", "preferred", "source"])["source"].iloc[-1])


def _nothing(market: str, what: str) -> str:
    places = [place.key for place in strip(market)]
    eia = (
        f", or EIA's strip with `wellhead ingest --source eia --series {places[0]}` (2, 3, 4 "
        "likewise)"
        if places
        else ""
    )
    return (
        f"no quotes of {market} futures {what}. Load the dated contracts with "
        f"`wellhead curve {market} --load`{eia}."
    )
