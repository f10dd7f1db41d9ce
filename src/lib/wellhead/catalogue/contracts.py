"""Dated futures contracts: their keys, codes and symbols, and the last day each can be traded.

A contract is derived from its root (`wellhead.catalogue.roots`), never listed by hand:
`WTI_2026_12` is its key in the catalogue, `CLZ26` its code at the exchange and `CLZ26.NYM` its
symbol at Yahoo.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from wellhead.calendars import DateLike, to_utc
from wellhead.catalogue.roots import ROOTS, Root
from wellhead.errors import UnknownCommodityError

_LETTERS = "FGHJKMNQUVXZ"  # January to December
_SUFFIX = "NYM"  # NYMEX, as Yahoo writes it
_KEY = re.compile(r"([A-Z][A-Z_]*)_(\d{4})_(\d{2})")
_CODE = re.compile(rf"([A-Z]{{2}})([{_LETTERS}])(\d{{2}})(?:\.{_SUFFIX})?")
_LAST = pd.Period("2044-12", "M")  # the calendars reach no further
_MARKETS = {root.code: market for market, root in ROOTS.items()}


@dataclass(frozen=True)
class Contract:
    """One delivery month of one root. `market` is a key of ROOTS, `delivery` a month."""

    market: str
    delivery: pd.Period

    @property
    def root(self) -> Root:
        """The kind of contract."""
        return ROOTS[self.market]

    @property
    def key(self) -> str:
        """Its key in the catalogue and the database, such as WTI_2026_12."""
        return f"{self.market}_{self.delivery.year}_{self.delivery.month:02d}"

    @property
    def code(self) -> str:
        """Its code at the exchange, such as CLZ26."""
        letter = _LETTERS[self.delivery.month - 1]
        return f"{self.root.code}{letter}{self.delivery.year % 100:02d}"

    @property
    def symbol(self) -> str:
        """Its symbol at Yahoo, such as CLZ26.NYM."""
        return f"{self.code}.{_SUFFIX}"

    @cached_property
    def expiry(self) -> pd.Timestamp:
        """The last trading day, as midnight UTC."""
        return self.root.last_trading_day(self.delivery)


def is_written_like_a_contract(text: str) -> bool:
    """Whether a text has the form of a contract's key, code or symbol."""
    return _split(text.strip().upper()) is not None


def parse_contract(text: str) -> Contract | None:
    """The contract with this key, code or symbol; None if the text has none of these forms.

    A two-digit year lies between 1990 and 2089. Raises UnknownCommodityError for a month that does
    not exist or that the root's rule does not cover.
    """
    if (parts := _split(text.strip().upper())) is None:
        return None
    market, year, month = parts
    first = pd.Period(ROOTS[market].first, "M")
    if 1 <= month <= 12 and first.year <= year <= _LAST.year:
        contract = Contract(market, pd.Period(year=year, month=month, freq="M"))
        if contract.delivery >= first:
            return contract
    raise UnknownCommodityError(
        f"{text!r} is no contract whose last trading day is known: {ROOTS[market].code} is known "
        f"for delivery from {first} to {_LAST}, written as {market}_2026_12."
    )


def _split(text: str) -> tuple[str, int, int] | None:
    """Market, year and month of a key, code or symbol; None for another text."""
    if code := _CODE.fullmatch(text):
        market, month = _MARKETS.get(code[1]), _LETTERS.index(code[2]) + 1
        year = int(code[3]) + (1900 if int(code[3]) >= 90 else 2000)
    elif key := _KEY.fullmatch(text):
        market, year, month = key[1] if key[1] in ROOTS else None, int(key[2]), int(key[3])
    else:
        return None
    return (market, year, month) if market else None


def tradable_contracts(market: str, day: DateLike, count: int) -> list[Contract]:
    """The `count` contracts nearest to delivery that can be traded on `day`, nearest first.

    Fewer where there is no further delivery month before 2045.
    """
    month = pd.Period(to_utc(day).tz_localize(None), "M")
    months = (month + ahead for ahead in range(count + 4))
    nearest = (Contract(market, delivery) for delivery in months if delivery <= _LAST)
    return [contract for contract in nearest if contract.expiry >= to_utc(day).normalize()][:count]


def all_contracts(market: str) -> list[Contract]:
    """All contracts of a market whose last trading day is known, oldest first."""
    months = pd.period_range(ROOTS[market].first, _LAST, freq="M")
    return [Contract(market, month) for month in months]
