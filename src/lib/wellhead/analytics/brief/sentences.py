"""The sentences of the brief; each is None where there is no news.

The newest prices are those that became known last: one session of a daily source, a week of EIA's.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from wellhead.analytics.anomalies.moves import usual_moves

Kind = Literal["anomaly", "move", "spread", "volatility", "forecast", "skill", "coming"]

MOST = 6
_ORDER: tuple[Kind, ...] = (
    "anomaly", "move", "spread", "volatility", "forecast", "skill", "coming",
)  # fmt: skip # in reading order
_FIRST_TO_GO: tuple[Kind, ...] = ("spread", "coming", "skill", "volatility")
_YEAR = 252  # sessions
_A_MOVE = 1.0  # usual moves that are news
_FAR = 2.0  # standard deviations of a spread that are news
_UNUSUAL_SHARE = 0.9  # of earlier forecasts of volatility that were lower, or higher
_FEWEST_OUTCOMES = 20


@dataclass(frozen=True)
class Evidence:
    """Numbers behind a sentence: of which series, and over which days."""

    series: str
    numbers: Mapping[str, float]
    first: pd.Timestamp | None = None
    last: pd.Timestamp | None = None


@dataclass(frozen=True)
class Sentence:
    """One sentence and what it rests on."""

    kind: Kind
    text: str
    evidence: Sequence[Evidence] = field(default_factory=tuple)


@dataclass(frozen=True)
class Move:
    """The change of a price over its newest sessions, in usual moves of so many sessions."""

    name: str
    unit: str
    sessions: int
    change: float
    price: float
    size: float
    share_smaller: float
    """Of such moves in the 252 sessions before."""
    first: pd.Timestamp
    last: pd.Timestamp


def shortened(sentences: Iterable[Sentence | None]) -> list[Sentence]:
    """At most six sentences, in reading order."""
    kept = sorted((each for each in sentences if each), key=lambda each: _ORDER.index(each.kind))
    for kind in _FIRST_TO_GO:
        if len(kept) > MOST:
            kept = [each for each in kept if each.kind != kind]
    return kept[:MOST]


def newest_move(name: str, unit: str, prices: "pd.Series[float]", sessions: int) -> Move | None:
    """The move over the newest `sessions`; None where the usual move is not known."""
    usual = usual_moves(prices) * math.sqrt(sessions)
    sizes = prices.diff(sessions) / usual.shift(sessions - 1).where(usual > 0)
    if len(prices) <= sessions or not math.isfinite(sizes.iloc[-1]):
        return None
    before = sizes.iloc[-_YEAR - 1 : -1].dropna().abs()
    return Move(
        name=name,
        unit=unit,
        sessions=sessions,
        change=float(prices.diff(sessions).iloc[-1]),
        price=float(prices.iloc[-1]),
        size=float(sizes.iloc[-1]),
        share_smaller=float((before < abs(sizes.iloc[-1])).mean()) if len(before) else math.nan,
        first=prices.index[-sessions],
        last=prices.index[-1],
    )


def move_sentence(moves: Sequence[Move]) -> Sentence | None:
    """The most unusual move, and how the other prices moved."""
    ranked = sorted(moves, key=lambda move: -abs(move.size))
    if not ranked or abs(ranked[0].size) < _A_MOVE:
        return None
    most, others = ranked[0], ranked[1:]
    text = (
        f"{most.name} {_verb(most.change)} by {abs(most.change):.2f} to {number(most.price)} "
        f"{most.unit} {_when(most)}: {abs(most.size):.1f} usual moves{_rank(most)}."
    )
    if others:
        text += f" {', '.join(map(_shortly, others))}."
    return Sentence("move", text, [_of_move(move) for move in ranked])


def spread_sentence(
    spreads: Mapping[str, "pd.Series[float]"], unit: str = "USD/bbl"
) -> Sentence | None:
    """The spread that is furthest from its mean of the year before."""
    far = {name: _distance(spread.dropna()) for name, spread in spreads.items()}
    known = {name: z for name, z in far.items() if math.isfinite(z)}
    if not known:
        return None
    name = max(known, key=lambda each: abs(known[each]))
    if abs(known[name]) < _FAR:
        return None
    spread = spreads[name].dropna()
    before = spread.iloc[-_YEAR - 1 : -1]
    value, mean = float(spread.iloc[-1]), float(before.mean())
    text = (
        f"The {name} is {number(value)} {unit}, {abs(known[name]):.1f} standard deviations "
        f"{'above' if value > mean else 'below'} its mean of the {_YEAR} sessions before, "
        f"{number(mean)}."
    )
    numbers = {"value": value, "mean": mean, "z": known[name]}
    return Sentence("spread", text, [Evidence(name, numbers, before.index[0], spread.index[-1])])


def volatility_sentence(
    forecasts: Mapping[str, tuple[float, float]], day: pd.Timestamp
) -> Sentence | None:
    """The price whose volatility is most unusual.

    `forecasts`: name -> the forecast for a month, a ratio a year, and the share of earlier ones
    that were lower.
    """
    if not forecasts:
        return None
    name = max(forecasts, key=lambda each: abs(forecasts[each][1] - 0.5))
    volatility, share = forecasts[name]
    if max(share, 1 - share) < _UNUSUAL_SHARE:
        return None
    lower, how = (share, "higher") if share > 0.5 else (1 - share, "lower")
    text = (
        f"{name} is forecast to move by {100 * volatility:.0f} % a year over the next month, "
        f"{how} than {100 * lower:.0f} % of earlier forecasts."
    )
    numbers = {"volatility": volatility, "share_below": share}
    return Sentence("volatility", text, [Evidence(name, numbers, None, day)])


@dataclass(frozen=True)
class Record:
    """How the newest forecasts of a champion have done at one horizon."""

    name: str
    model: str
    horizon: int
    step: str
    outcomes: int
    coverage_80: float
    mspe_ratio: float
    alarm: bool
    known_at: pd.Timestamp


def skill_sentence(records: Sequence[Record]) -> Sentence | None:
    """How the champions did lately: one in alarm, else the one with the most outcomes."""
    known = [each for each in records if each.alarm or each.outcomes >= _FEWEST_OUTCOMES]
    if not known:
        return None
    of = max(known, key=lambda each: (each.alarm, each.outcomes, each.horizon))
    errors = (
        f" and its squared errors were {of.mspe_ratio:.2f} of no-change's"
        if math.isfinite(of.mspe_ratio) and of.model != "no-change"
        else ""
    )
    warning = ": it has decayed" if of.alarm else ""
    text = (
        f"Of the last {of.outcomes} outcomes of {of.name} {of.horizon} {of.step}s ahead, the 80 % "
        f"band of {of.model} held {100 * of.coverage_80:.0f} %{errors}{warning}."
    )
    numbers = {
        "horizon": of.horizon,
        "outcomes": of.outcomes,
        "coverage_80": of.coverage_80,
        "mspe_ratio": of.mspe_ratio,
    }
    return Sentence("skill", text, [Evidence(of.name, numbers, None, of.known_at)])


def number(value: float) -> str:
    """Two digits, with a true minus sign."""
    return f"{value:.2f}".replace("-", "−")


def date(day: pd.Timestamp) -> str:
    """Such as 3 January 2019."""
    return f"{day.day} {day:%B %Y}"


def _distance(spread: "pd.Series[float]") -> float:
    before = spread.iloc[-_YEAR - 1 : -1]
    deviation = float(before.std())
    if len(before) < _YEAR or not deviation:
        return math.nan
    return float((spread.iloc[-1] - before.mean()) / deviation)


def _when(move: Move) -> str:
    if move.sessions == 1:
        return f"on {date(move.last)}"
    return f"in the {move.sessions} sessions until {date(move.last)}"


def _rank(move: Move) -> str:
    if not math.isfinite(move.share_smaller):
        return ""
    if move.share_smaller == 1:
        return ", the largest such move in a year"
    return f", more than {100 * move.share_smaller:.0f} % of such moves in the year before"


def _shortly(move: Move) -> str:
    return (
        f"{move.name} {_verb(move.change)} by {abs(move.change):.2f} to {number(move.price)} "
        f"{move.unit} ({abs(move.size):.1f})"
    )


def _of_move(move: Move) -> Evidence:
    numbers = {
        "change": move.change,
        "price": move.price,
        "usual_moves": move.size,
        "share_smaller": move.share_smaller,
    }
    return Evidence(move.name, numbers, move.first, move.last)


def _verb(change: float) -> str:
    return "rose" if change > 0 else "fell"
