"""The kinds of futures contracts, and the rule for the last trading day of each.

NYMEX lists all five. The rules are those of today's rulebook. Exchanges fix a contract's last day
when they list it, so a day before 2012, when the Friday after Thanksgiving was no business day, can
differ by one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from wellhead.calendars import session_before, sessions_between, to_utc


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
    """One kind of contract.

    `code` is that of the exchange. The tick has `decimals` decimals and is a power of ten. `rule`
    describes `last_trading_day` in words; `chapter` is the page where the exchange states it.
    """

    code: str
    decimals: int
    last_trading_day: Callable[[pd.Period], pd.Timestamp]
    rule: str
    chapter: str
    first: str = "1990-01"
    """The first delivery month that the rule holds for."""

    @property
    def tick(self) -> float:
        """The smallest price step, in the price's unit."""
        return float(10**-self.decimals)


_CME = "https://www.cmegroup.com/markets/energy/"

ROOTS = {
    "WTI": Root(
        code="CL",
        decimals=2,
        last_trading_day=_third_before_the_25th,
        rule="the third business day before the 25th of the month before delivery; where the 25th "
        "is no business day, the third before the last business day that precedes it",
        chapter=f"{_CME}crude-oil/light-sweet-crude.contractSpecs.html",
    ),
    "BRENT": Root(
        code="BZ",
        decimals=2,
        last_trading_day=_last_london_day_two_months_before,
        rule="the last London business day of the second month before delivery; for February "
        "delivery the one before it, so that nothing expires on New Year's Eve",
        chapter=f"{_CME}crude-oil/brent-crude-oil-last-day.contractSpecs.html",
        first="2016-03",  # until then it was the 15th day before the month of delivery
    ),
    "HENRY_HUB": Root(
        code="NG",
        decimals=3,
        last_trading_day=_third_last_of_the_month_before,
        rule="the third last business day of the month before delivery",
        chapter=f"{_CME}natural-gas/natural-gas.contractSpecs.html",
    ),
    "HEATING_OIL": Root(  # the exchange says heating oil; since 2013 it delivers ULSD
        code="HO",
        decimals=4,
        last_trading_day=_last_of_the_month_before,
        rule="the last business day of the month before delivery",
        chapter=f"{_CME}refined-products/heating-oil.contractSpecs.html",
    ),
    "GASOLINE": Root(
        code="RB",
        decimals=4,
        last_trading_day=_last_of_the_month_before,
        rule="the last business day of the month before delivery",
        chapter=f"{_CME}refined-products/rbob-gasoline.contractSpecs.html",
    ),
}
"""Market, named after the commodity delivered -> its contracts."""
