"""Unusual days of one series, online: each with its kind, severity and a reason in words.

A day is judged by what was known on it. What only the days after it show, such as that the price
came back, is in `judge.py`, with the day on which it was known.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from wellhead.analytics.anomalies.moves import in_usual_moves, usual_moves

NOTABLE, SEVERE, EXTREME = 3.8, 6.0, 10.0
"""Usual moves from which a change is an alarm of each severity."""
SEVERITIES = ("notable", "severe", "extreme")
_FACTORS = {42.0: "gallons in place of barrels", 100.0: "cents in place of dollars"}
_FACTOR_TOLERANCE = 0.05  # relative; the price moves as well
_UNCHANGED = 1e-4  # a run of equal prices is unusual if its chance is below


class Anomaly(NamedTuple):
    """One unusual day.

    `kind`: 'jump', 'swapped digits', 'wrong unit' or 'flat line'. `size`: usual moves, signed; of a
    flat line, the number of equal prices.
    """

    day: pd.Timestamp
    kind: str
    severity: str
    size: float
    reason: str


def anomalies(prices: pd.Series, name: str = "the price") -> pd.DataFrame:
    """One row an unusual day, in time order: the fields of `Anomaly`.

    `prices`: signed, indexed by day. A row depends on prices until its day alone.
    """
    found = [*_jumps(prices.dropna(), name), *_flat_lines(prices.dropna(), name)]
    frame = pd.DataFrame(found, columns=Anomaly._fields)
    return frame.sort_values(["day", "kind"], kind="stable").reset_index(drop=True)


def _jumps(prices: pd.Series, name: str) -> Iterator[Anomaly]:
    sizes, moves = in_usual_moves(prices), usual_moves(prices)
    for place in np.flatnonzero(sizes.abs().to_numpy() >= NOTABLE).tolist():
        before, now = float(prices.iloc[place - 1]), float(prices.iloc[place])
        size, move = float(sizes.iloc[place]), float(moves.iloc[place])
        kind, note = _kind(before, now, move)
        verb = "rose" if now > before else "fell"
        reason = (
            f"{name} {verb} {abs(now - before):.2f} to {now:.2f}: {abs(size):.1f} usual daily "
            f"moves{note}."
        )
        yield Anomaly(prices.index[place], kind, _severity(size), size, reason)


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


def _severity(size: float) -> str:
    reached = sum(abs(size) >= limit for limit in (NOTABLE, SEVERE, EXTREME))
    return SEVERITIES[reached - 1]


def _flat_lines(prices: pd.Series, name: str) -> Iterator[Anomaly]:
    """Runs of equal prices that are too long for how often the price stays as it is."""
    same = prices.diff().eq(0)
    # How often it stayed the same until the day before the run could have begun.
    share = same.shift(1).expanding(250).mean().clip(lower=0.001)
    run = same.groupby((~same).cumsum()).cumsum()
    chance = share ** run.astype(float)
    alarms = (chance < _UNCHANGED) & (run > 0)
    begins = alarms & ~alarms.shift(1, fill_value=False)
    for place in np.flatnonzero(begins.to_numpy()).tolist():
        count = int(run.iloc[place]) + 1
        reason = (
            f"{name} is {prices.iloc[place]:.2f} on {count} days in a row; it stays the same on "
            f"{100 * share.iloc[place]:.1f} % of days."
        )
        yield Anomaly(prices.index[place], "flat line", SEVERITIES[0], float(count), reason)
