"""What the coming days bring: releases of EIA and expiries of futures."""

from collections.abc import Iterator, Sequence

import pandas as pd

from wellhead.analytics.brief.sentences import Evidence, Sentence
from wellhead.catalogue.contracts import tradable_contracts
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.markets import market_of
from wellhead.catalogue.outlook import SERIES, published_at
from wellhead.catalogue.release_rules import RELEASE_RULES
from wellhead.errors import UnknownCommodityError

_AHEAD = pd.Timedelta(days=7)
_GAS = "Henry Hub natural gas"

Event = tuple[pd.Timestamp, str]


def coming_sentence(moment: pd.Timestamp, instruments: Sequence[Instrument]) -> Sentence | None:
    """The events of the seven days after `moment` that concern the instruments."""
    events = sorted(_events(moment, instruments))
    if not events:
        return None
    named = ", ".join(f"{what} on {day:%A} {day.day} {day:%B}" for day, what in events)
    evidence = [Evidence(what, {}, day, day) for day, what in events]
    return Sentence("coming", f"Coming: {named}.", evidence)


def _events(moment: pd.Timestamp, instruments: Sequence[Instrument]) -> Iterator[Event]:
    if any(instrument.product for instrument in instruments):
        yield from _release(moment, "weekly-stocks", "EIA's petroleum stocks")
    if any(instrument.underlying == _GAS for instrument in instruments):
        yield from _release(moment, "weekly-gas-storage", "EIA's gas storage")
    if any(instrument.key in SERIES for instrument in instruments):
        yield from _outlook(moment)
    yield from _expiries(moment, instruments)


def _release(moment: pd.Timestamp, rule: str, what: str) -> Iterator[Event]:
    """The next release of a weekly series: of one of the Fridays of three weeks."""
    fridays = pd.date_range(moment.normalize() - 2 * _AHEAD, periods=21)
    releases = RELEASE_RULES[rule](fridays[fridays.day_of_week == 4])
    coming = releases[(releases > moment) & (releases <= moment + _AHEAD)]
    yield from ((day.normalize(), what) for day in coming[:1])


def _outlook(moment: pd.Timestamp) -> Iterator[Event]:
    for month in (moment, moment + pd.DateOffset(months=1)):
        day = published_at(f"{month:%Y-%m}")
        if moment < day <= moment + _AHEAD:
            yield day.normalize(), "EIA's STEO"


def _expiries(moment: pd.Timestamp, instruments: Sequence[Instrument]) -> Iterator[Event]:
    markets = set()
    for instrument in instruments:
        try:
            markets.add(market_of(instrument))
        except UnknownCommodityError:  # it has no futures
            continue
    for market in markets:
        for contract in tradable_contracts(market, moment, 1):
            if moment < contract.expiry <= moment + _AHEAD:
                yield contract.expiry, f"the expiry of {contract.code}"
