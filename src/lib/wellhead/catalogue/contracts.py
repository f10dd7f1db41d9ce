"""Dated futures contracts: their codes, and the last day each can be traded.

A contract is made by rule, never listed by hand: `WTI_2026_12` is its key with us, `CLZ26` its
code at the exchange and `CLZ26.NYM` its symbol at Yahoo. All five roots are listed by NYMEX.

The rules are those of today's rulebook. Exchanges fix a contract's last day when they list it, so
before 2012, when the Friday after Thanksgiving was no business day, it can differ by a day.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from wellhead.calendars import DateLike, session_before, sessions_between, to_utc
from wellhead.errors import UnknownCommodityError

_LETTERS = "FGHJKMNQUVXZ"  # January to December
_STRIP, STRIP_LENGTH = "_FUTURE_", 4
_SUFFIX = "NYM"  # NYMEX, as Yahoo writes it
_KEY = re.compile(r"([A-Z][A-Z_]*)_(\d{4})_(\d{2})")
_CODE = re.compile(rf"([A-Z]{{2}})([{_LETTERS}])(\d{{2}})(?:\.{_SUFFIX})?")


def _third_before_the_25th(delivery: pd.Period) -> pd.Timestamp:
    day = to_utc((delivery - 1).start_time + pd.Timedelta(days=24))
    if sessions_between("NYMEX", day, day).empty:
        day = session_before("NYMEX", day)
    return session_before("NYMEX", day, 3)


def _third_last_of_the_month_before(delivery: pd.Period) -> pd.Timestamp:
    return session_before("NYMEX", delivery.start_time, 3)


def _last_of_the_month_before(delivery: pd.Period) -> pd.Timestamp:
    return session_before("NYMEX", delivery.start_time)


def _last_london_day_two_months_before(delivery: pd.Period) -> pd.Timestamp:
    return session_before("LSE", (delivery - 1).start_time, 2 if delivery.month == 2 else 1)


@dataclass(frozen=True)
class Root:
    """One kind of contract. `decimals` are those of its tick, which is a power of ten."""

    code: str
    decimals: int
    last_trading_day: Callable[[pd.Period], pd.Timestamp]
    rule: str
    chapter: str
    """Where the rule is written."""
    first: str = "1990-01"
    """The first delivery month that the rule holds for."""

    @property
    def tick(self) -> float:
        return float(10**-self.decimals)


_CME = "https://www.cmegroup.com/markets/energy/"
# By the commodity that is delivered. HO is called heating oil; since 2013 ULSD is delivered.
ROOTS = {
    "WTI": Root(
        "CL", 2, _third_before_the_25th,
        "the third business day before the 25th of the month before delivery, or before the last "
        "business day that precedes the 25th, if that is none",
        f"{_CME}crude-oil/light-sweet-crude.contractSpecs.html",
    ),
    "BRENT": Root(
        "BZ", 2, _last_london_day_two_months_before,
        "the last London business day of the second month before delivery; for February delivery "
        "the one before it, so that nothing expires on the eve of New Year",
        f"{_CME}crude-oil/brent-crude-oil-last-day.contractSpecs.html",
        first="2016-03",  # until then it was the 15th day before the month of delivery
    ),
    "HENRY_HUB": Root(
        "NG", 3, _third_last_of_the_month_before,
        "the third last business day of the month before delivery",
        f"{_CME}natural-gas/natural-gas.contractSpecs.html",
    ),
    "HEATING_OIL": Root(
        "HO", 4, _last_of_the_month_before,
        "the last business day of the month before delivery",
        f"{_CME}refined-products/heating-oil.contractSpecs.html",
    ),
    "GASOLINE": Root(
        "RB", 4, _last_of_the_month_before,
        "the last business day of the month before delivery",
        f"{_CME}refined-products/rbob-gasoline.contractSpecs.html",
    ),
}  # fmt: skip
_LAST = pd.Period("2044-12", "M")  # calendars reach no further
_MARKETS = {root.code: market for market, root in ROOTS.items()}


@dataclass(frozen=True)
class Contract:
    """One delivery month of one root. `market` is a key of ROOTS, `delivery` a month."""

    market: str
    delivery: pd.Period

    @property
    def root(self) -> Root:
        return ROOTS[self.market]

    @property
    def key(self) -> str:
        """Its key in the catalogue and in the database, as WTI_2026_12."""
        return f"{self.market}_{self.delivery.year}_{self.delivery.month:02d}"

    @property
    def code(self) -> str:
        """Its code at the exchange, as CLZ26."""
        letter = _LETTERS[self.delivery.month - 1]
        return f"{self.root.code}{letter}{self.delivery.year % 100:02d}"

    @property
    def symbol(self) -> str:
        """Its symbol at Yahoo, as CLZ26.NYM."""
        return f"{self.code}.{_SUFFIX}"

    @cached_property
    def expiry(self) -> pd.Timestamp:
        """The last day it can be traded: midnight UTC of that day."""
        return self.root.last_trading_day(self.delivery)


def parse_contract(text: str) -> Contract | None:
    """The contract that a key, a code or a symbol means; None if it has the form of none.

    Raises UnknownCommodityError for a month that does not exist or that the rule does not hold
    for. A year of two digits lies between 1990 and 2089.
    """
    written = text.strip().upper()
    if found := _CODE.fullmatch(written):
        market, month = _MARKETS.get(found[1]), _LETTERS.index(found[2]) + 1
        year = int(found[3]) + (1900 if int(found[3]) >= 90 else 2000)
    elif found := _KEY.fullmatch(written):
        market = found[1] if found[1] in ROOTS else None
        year, month = int(found[2]), int(found[3])
    else:
        return None
    if market is None:
        return None
    first = pd.Period(ROOTS[market].first, "M")
    if not (1 <= month <= 12 and first.year <= year <= _LAST.year):
        raise UnknownCommodityError(_no_such(text, market))
    contract = Contract(market, pd.Period(year=year, month=month, freq="M"))
    if contract.delivery < first:
        raise UnknownCommodityError(_no_such(text, market))
    return contract


def _no_such(text: str, market: str) -> str:
    return (
        f"{text!r} is no contract whose last trading day is known: {ROOTS[market].code} is known "
        f"for delivery from {ROOTS[market].first} to {_LAST}, written as {market}_2026_12."
    )


def tradable_contracts(market: str, day: DateLike, count: int) -> list[Contract]:
    """The `count` contracts nearest to delivery that can be traded on `day`, nearest first.

    Fewer where that would lead beyond delivery in 2044.
    """
    month = pd.Period(to_utc(day).tz_localize(None), "M")
    months = (month + ahead for ahead in range(count + 4))
    nearest = (Contract(market, delivery) for delivery in months if delivery <= _LAST)
    return [contract for contract in nearest if contract.expiry >= to_utc(day).normalize()][:count]


def contract_of(key: str, day: DateLike) -> Contract:
    """The contract that a quote of `day` is of: a dated one, or the one that stood at a place of
    EIA's strip (WTI_FUTURE_1) that day.
    """
    market, _, place = key.partition(_STRIP)
    if place:
        return tradable_contracts(market, day, STRIP_LENGTH)[int(place) - 1]
    contract = parse_contract(key)
    if contract is None:
        raise UnknownCommodityError(f"{key} is neither a dated future nor a place in a strip.")
    return contract


def strip_keys(market: str) -> list[str]:
    """The keys of EIA's strip: the settles of the contracts one to four places from delivery."""
    return [f"{market}{_STRIP}{place}" for place in range(1, STRIP_LENGTH + 1)]


def all_contracts(market: str) -> list[Contract]:
    """All contracts of a market whose last trading day is known, oldest first."""
    months = pd.period_range(ROOTS[market].first, _LAST, freq="M")
    return [Contract(market, month) for month in months]
