"""Unusual days of one series, online: each with its kind, severity and a reason in words.

A day is judged by what was known on it. What only the days after it show, such as that the price
came back, is in `judge.py`, with the day on which it was known.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from wellhead.analytics.anomalies.moves import (
    MONTH,
    RECENT,
    in_deviations,
    storminess,
    usual_moves,
)

NOTABLE, SEVERE, EXTREME = 3.8, 6.0, 10.0
"""Usual moves from which a change is an alarm of each severity."""
SEVERITIES = ("notable", "severe", "extreme")
_IN_DEVIATIONS = 5.0  # standard deviations of a model's forecast from which a change is an alarm
_STORMS = (2.0, 2.5, 3.0)  # times the usual of the year before, for each severity
_FACTORS = {42.0: "gallons in place of barrels", 100.0: "cents in place of dollars"}
_FACTOR_TOLERANCE = 0.05  # relative; the price moves as well
_UNUSUAL_RUN = 1e-4  # a run, as of equal prices, is unusual if its chance is below
_RAREST = 0.001  # share of days
_FEWEST = 250  # days
_DAY = "datetime64[us, UTC]"


class Anomaly(NamedTuple):
    """One unusual day.

    `kind`: 'jump', 'swapped digits', 'wrong unit', 'flat line' or 'storm'. `size`: usual moves,
    signed; of a flat line the number of equal prices, of a storm the moves of a month in those of
    the year before.
    """

    day: pd.Timestamp
    kind: str
    severity: str
    size: float
    reason: str


def anomalies(
    prices: pd.Series, name: str = "the price", *, as_written: bool = True
) -> pd.DataFrame:
    """One row an unusual day, in time order: the fields of `Anomaly`.

    `prices`: signed, indexed by day. A row depends on prices until its day alone. `as_written`:
    whether somebody wrote the values down; the digits of a spread, which is computed, say nothing.
    """
    known = prices.dropna()
    jumps = _jumps(known, name, as_written=as_written)
    return as_frame([*jumps, *_flat_lines(known, name), *_storms(known, name)])


def as_frame(found: Iterable[Anomaly]) -> pd.DataFrame:
    """One row an anomaly, in time order."""
    frame = pd.DataFrame(found, columns=Anomaly._fields).astype({"day": _DAY})
    return frame.sort_values(["day", "kind"], kind="stable").reset_index(drop=True)


def severity_of(size: float) -> str:
    """The severity of a change of so many usual moves."""
    return _severity(abs(size), (NOTABLE, SEVERE, EXTREME))


def _severity(size: float, limits: tuple[float, ...]) -> str:
    reached = sum(size >= limit for limit in limits)
    return SEVERITIES[max(reached, 1) - 1]


def is_too_long(flags: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """For each day: how often a flag was true before, the run of true ones, whether one begins to
    be too long.

    A run is too long if its chance, the share to the power of its length, is below 1 in 10,000. The
    share is of the days until the one before, and 0.1 % at least; it takes 250 of them.
    """
    share = flags.shift(1, fill_value=False).expanding(_FEWEST).mean().clip(lower=_RAREST)
    run = flags.groupby((~flags).cumsum()).cumsum()
    alarms = (share ** run.astype(float) < _UNUSUAL_RUN) & (run > 0)
    return share, run, alarms & ~alarms.shift(1, fill_value=False)


def _jumps(prices: pd.Series, name: str, *, as_written: bool) -> Iterator[Anomaly]:
    moves, deviations = usual_moves(prices), in_deviations(prices)
    sizes = prices.diff() / moves.where(moves > 0)
    alarms = (sizes.abs() >= NOTABLE) | (deviations.abs() >= _IN_DEVIATIONS)
    for place in np.flatnonzero((alarms & sizes.notna()).to_numpy()).tolist():
        before, now = float(prices.iloc[place - 1]), float(prices.iloc[place])
        size, move = float(sizes.iloc[place]), float(moves.iloc[place])
        kind, note = _kind(before, now, move) if as_written else ("jump", "")
        verb = "rose" if now > before else "fell"
        reason = (
            f"{name} {verb} {abs(now - before):.2f} to {now:.2f}: {abs(size):.1f} usual daily "
            f"moves{_by_model(deviations.iloc[place])}{note}."
        )
        yield Anomaly(prices.index[place], kind, severity_of(size), size, reason)


def _by_model(deviations: float) -> str:
    if np.isnan(deviations):
        return ""
    return f", {abs(deviations):.1f} standard deviations of EWMA's forecast"


def _kind(before: float, now: float, move: float) -> tuple[str, str]:
    """What the two prices look like, and how a reason says so."""
    tolerance = _FACTOR_TOLERANCE + 3 * move / max(abs(before), move)
    for factor, what in _FACTORS.items():
        for larger, smaller in ((now, before), (before, now)):
            if smaller and abs(larger / smaller / factor - 1) < tolerance:
                return "wrong unit", f"; a factor of {factor:g} looks like {what}"
    if _is_swapped(before, now, move):
        return "swapped digits", "; two digits may be swapped"
    return "jump", ""


def _is_swapped(before: float, now: float, move: float) -> bool:
    """Whether exchanging two neighbouring digits brings the price within three moves of before."""
    written = f"{now:.2f}"
    for place in range(len(written) - 1):
        left, right = written[place], written[place + 1]
        if left.isdigit() and right.isdigit() and left != right:
            other = written[:place] + right + left + written[place + 2 :]
            if abs(float(other) - before) <= 3 * move < abs(now - before):
                return True
    return False


def _flat_lines(prices: pd.Series, name: str) -> Iterator[Anomaly]:
    """Runs of equal prices that are too long for how often the price stays as it is."""
    share, run, begins = is_too_long(prices.diff().eq(0))
    for place in np.flatnonzero(begins.to_numpy()).tolist():
        count = int(run.iloc[place]) + 1
        reason = (
            f"{name} is {prices.iloc[place]:.2f} on {count} days in a row; it stays the same on "
            f"{100 * share.iloc[place]:.1f} % of days."
        )
        yield Anomaly(prices.index[place], "flat line", SEVERITIES[0], float(count), reason)


def _storms(prices: pd.Series, name: str) -> Iterator[Anomaly]:
    """The first day of each stretch of sessions with more than twice the usual moves.

    A stretch is new after 63 sessions without such moves.
    """
    times = storminess(prices)
    stormy = times >= _STORMS[0]
    before = stormy.shift(1, fill_value=False).rolling(RECENT, min_periods=1).max() > 0
    for place in np.flatnonzero((stormy & ~before).to_numpy()).tolist():
        size = float(times.iloc[place])
        reason = (
            f"{name} has moved {size:.1f} times as much in the last {MONTH} sessions as in the "
            "year before."
        )
        yield Anomaly(prices.index[place], "storm", _severity(size, _STORMS), size, reason)
