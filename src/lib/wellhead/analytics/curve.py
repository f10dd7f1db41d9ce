"""The futures curve of one day: the price of each delivery month, its slope, spreads and rolls.

Nothing is filled in: a contract without a quote of that day is listed as absent.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wellhead.catalogue.contracts import Contract, tradable_contracts
from wellhead.catalogue.markets import contract_of, strip
from wellhead.errors import NoDataError


@dataclass(frozen=True)
class Curve:
    """The contracts of one market quoted by one source on one day, nearest delivery first.

    `quotes`: one row per contract: contract (its key), code, delivery (a month), expiry,
    days_to_expiry, price (signed), observed_at, source. `absent`: keys of the contracts without a
    quote of the day that could be traded on it, up to the farthest one known.
    """

    market: str
    day: pd.Timestamp
    source: str
    unit: str
    quotes: pd.DataFrame
    absent: tuple[str, ...]

    @property
    def shape(self) -> str:
        """'contango' if every later delivery costs more, 'backwardation' if every one costs less,
        else 'mixed' (such as gas over a winter); 'one contract' if there is only one."""
        steps = self.quotes["price"].diff().dropna()
        if steps.empty:
            return "one contract"
        if (steps > 0).all():
            return "contango"
        return "backwardation" if (steps < 0).all() else "mixed"

    @property
    def slope(self) -> float:
        """Least-squares slope over delivery months, in the price's unit per month; positive in
        contango, NaN for one contract."""
        if len(self.quotes) < 2:
            return float("nan")
        months = [period.ordinal for period in self.quotes["delivery"]]
        return float(np.polyfit(np.array(months) - months[0], self.quotes["price"], 1)[0])

    def spread(self, near: int = 0, far: int = 1) -> float:
        """Calendar spread: the price at position `near` minus that at `far`, counted from 0."""
        prices = self.quotes["price"]
        return float(prices.iloc[near] - prices.iloc[far])

    def rolls(self) -> pd.DataFrame:
        """One row per pair of neighbouring contracts.

        near, far, spread (near minus far), days between their expiries, roll_yield: (near / far -
        1) · 365 / days, a ratio a year (Gorton, Hayashi and Rouwenhorst 2013, "The Fundamentals of
        Commodity Futures Returns", the basis). The yield is positive in backwardation, and NaN
        where a price is not above zero, since a ratio of such prices has no meaning.
        """
        near, far = self.quotes.iloc[:-1], self.quotes.iloc[1:]
        prices = near["price"].to_numpy(), far["price"].to_numpy()
        days = (far["expiry"].to_numpy() - near["expiry"].to_numpy()) / np.timedelta64(1, "D")
        positive = (prices[0] > 0) & (prices[1] > 0)
        ratio = np.divide(*prices, out=np.full(len(near), np.nan), where=positive)
        return pd.DataFrame(
            {
                "near": near["contract"].to_numpy(),
                "far": far["contract"].to_numpy(),
                "spread": prices[0] - prices[1],
                "days": days.astype(int),
                "roll_yield": (ratio - 1) * 365 / days,
            }
        )


def assemble(quotes: pd.DataFrame, market: str, day: pd.Timestamp) -> Curve:
    """The curve of `day` from one source's quotes.

    `quotes`: for each contract its newest quote on or before `day`: commodity, source, unit,
    observed_at, value. A commodity is a dated contract (WTI_2026_12) or a place in EIA's strip
    (WTI_FUTURE_1), which the expiry rules map to the contract with that place on the quote's day.

    Raises NoDataError if nothing is quoted on `day`.
    """
    of_strip = quotes["commodity"].isin([place.key for place in strip(market)])
    # Where the strip and a dated contract both have a quote, that of the contract counts.
    in_order = pd.concat([quotes[~of_strip], quotes[of_strip]]).to_dict("records")
    known = [(contract_of(quote["commodity"], quote["observed_at"]), quote) for quote in in_order]
    live = [(contract, quote) for contract, quote in known if contract.expiry >= day]
    rows = [(contract, quote) for contract, quote in live if quote["observed_at"] == day]
    if not rows:
        raise NoDataError(f"no contract of {market} is quoted on {day.date()}.")
    source, unit = (_only({quote[name] for _, quote in rows}) for name in ("source", "unit"))
    table = pd.DataFrame([_row(contract, quote, day) for contract, quote in rows])
    table = table.drop_duplicates("contract").sort_values("delivery").reset_index(drop=True)
    farthest = max(contract.delivery for contract, _ in live)
    tradable = (c.key for c in tradable_contracts(market, day, 120) if c.delivery <= farthest)
    absent = tuple(key for key in tradable if key not in set(table["contract"]))
    return Curve(market, day, source, unit, table, absent)


def _row(contract: Contract, quote: dict[Any, Any], day: pd.Timestamp) -> dict[str, Any]:
    return {
        "contract": contract.key,
        "code": contract.code,
        "delivery": contract.delivery,
        "expiry": contract.expiry,
        "days_to_expiry": (contract.expiry - day).days,
        "price": quote["value"],
        "observed_at": quote["observed_at"],
        "source": quote["source"],
    }


def _only(values: set[str]) -> str:
    if len(values) != 1:
        raise ValueError(f"a curve needs one source and one unit, not {', '.join(values)}")
    return values.pop()
