"""Is an unusual day an event of the market, or an error of the data? Three witnesses.

Other sources of the same price, sister commodities on the same day, and what the price did on the
next day. A verdict carries the day on which it could be given.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from wellhead.analytics.anomalies.moves import in_usual_moves, usual_moves

ERROR, EVENT, OPEN = "data error", "market event", "open"
_AGREES = 1.0  # usual moves between two sources of one price
_MOVED = 2.0  # usual moves of a sister in the same direction
_CAME_BACK = 0.5  # share of the jump that is left on the next day, at most
_SUSPECT = ("wrong unit", "swapped digits", "flat line")


class Verdict(NamedTuple):
    """What an anomaly is, why, and the day on which that was known."""

    verdict: str
    because: str
    known_on: pd.Timestamp


def judged(
    found: pd.DataFrame,
    prices: pd.Series,
    *,
    sources: pd.DataFrame | None = None,
    sisters: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The rows of `anomalies` with verdict ('data error', 'market event', 'open'), because,
    known_on.

    `sources`: the same price from others, in the same unit, and `sisters`: prices of commodities
    that usually move with it; both a column each, by day.
    """
    known = prices.dropna()
    others, days = pd.DataFrame() if sources is None else sources, found["day"].unique()
    moved = pd.DataFrame(
        {}
        if sisters is None
        else {name: in_usual_moves(sisters[name].dropna()).reindex(days) for name in sisters}
    )
    witnesses = _Witnesses(known, usual_moves(known), others, moved)
    columns = (found[name].tolist() for name in ("day", "kind", "size"))
    rows = [witnesses.verdict(*row) for row in zip(*columns, strict=True)]
    return found.join(pd.DataFrame(rows, columns=Verdict._fields, index=found.index))


class _Witnesses(NamedTuple):
    prices: pd.Series
    moves: pd.Series
    sources: pd.DataFrame
    sisters: pd.DataFrame

    def verdict(self, day: pd.Timestamp, kind: str, size: float) -> Verdict:
        """By the first witness that knows: other sources, sisters, the next day."""
        place = int(self.prices.index.searchsorted(day))
        by_others = None if kind == "storm" else self._by_others(day, kind, size)
        if by_others is not None:
            return Verdict(*by_others, day)
        if kind == "storm":
            return Verdict(EVENT, "an error of the data does not last for a month", day)
        if kind == "flat line":
            return Verdict(ERROR, "a price that trades does not stand still that long", day)
        if place + 1 == len(self.prices):
            return Verdict(OPEN, "the next price will tell", day)
        return self._by_next_day(place, kind)

    def _by_others(self, day: pd.Timestamp, kind: str, size: float) -> tuple[str, str] | None:
        return self._by_sources(day) or self._by_sisters(day, kind, size)

    def _by_sources(self, day: pd.Timestamp) -> tuple[str, str] | None:
        others = self.sources.loc[day].dropna() if day in self.sources.index else pd.Series()
        if others.empty:
            return None
        agrees = (others - self.prices[day]).abs() <= _AGREES * float(self.moves[day])
        if agrees.mean() >= 0.5:
            return EVENT, f"{others[agrees].index[0]} has the same price"
        name = others[~agrees].index[0]
        return ERROR, f"{name} has {others[name]:.2f}"

    def _by_sisters(self, day: pd.Timestamp, kind: str, size: float) -> tuple[str, str] | None:
        sizes = self.sisters.loc[day].dropna() if day in self.sisters.index else pd.Series()
        if kind == "flat line" or sizes.empty:
            return None
        alike = sizes[np.sign(sizes) * np.sign(size) * sizes.abs() >= _MOVED]
        if len(alike):
            name = str(alike.abs().idxmax())
            return EVENT, f"{name} moved {alike[name]:+.1f} usual daily moves on the same day"
        return None

    def _by_next_day(self, place: int, kind: str) -> Verdict:
        before, now, after = (float(self.prices.iloc[place + step]) for step in (-1, 0, 1))
        known_on = self.prices.index[place + 1]
        if abs(after - before) <= _CAME_BACK * abs(now - before):
            return Verdict(ERROR, "the price came back on the next day", known_on)
        if kind in _SUSPECT:
            return Verdict(OPEN, "the price stayed, and looks wrong", known_on)
        return Verdict(EVENT, "the price stayed on the next day", known_on)
