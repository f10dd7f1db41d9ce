"""The targets of forecasts: prices of coming sessions, and averages of months.

Tables, pages and requests name a target `daily` or `monthly`. Interfaces turn the name into a
Target once, with `find_target`; all other code takes a Target.
"""

from dataclasses import dataclass
from enum import StrEnum

from wellhead.errors import InputError


@dataclass(frozen=True)
class _Facts:
    """The facts of a target; the properties of Target explain the fields."""

    label: str
    step: str
    backtested: tuple[int, ...]
    scored: tuple[int, ...]
    shown: tuple[int, ...]
    first: int
    longest: int
    usual_rows: int


class Target(StrEnum):
    """A target. Its horizons count sessions after the last price, or months from the running month.

    It is a string, so it can be compared with the column `target_kind`; store `target.value` in a
    frame.
    """

    DAILY = "daily"
    MONTHLY = "monthly"

    @property
    def label(self) -> str:
        """Its name on pages and in messages."""
        return _FACTS[self].label

    @property
    def step(self) -> str:
        """The unit of a horizon: 'session' or 'month'."""
        return _FACTS[self].step

    @property
    def backtested(self) -> tuple[int, ...]:
        """The horizons of a backtest; what is learned from them is interpolated in between."""
        return _FACTS[self].backtested

    @property
    def scored(self) -> tuple[int, ...]:
        """The horizons that the leaderboard scores separately."""
        return _FACTS[self].scored

    @property
    def shown(self) -> tuple[int, ...]:
        """The horizons that pages highlight."""
        return _FACTS[self].shown

    @property
    def first(self) -> int:
        """The first horizon: 1 session, or 0 for the running month."""
        return _FACTS[self].first

    @property
    def longest(self) -> int:
        """The longest horizon of a forecast in the ledger."""
        return _FACTS[self].longest

    @property
    def rows(self) -> int:
        """How many horizons a complete forecast has."""
        return self.longest - self.first + 1

    def checked_rows(self, asked: int | None) -> int:
        """How many horizons to show: `asked`, or the usual number if it is None.

        Raises InputError for more than a forecast has.
        """
        if asked is not None and asked > self.rows:
            raise InputError(
                f"a forecast of {self.label} has {self.rows} {self.step}s, not {asked}: "
                f"ask for {self.rows} or fewer."
            )
        return _FACTS[self].usual_rows if asked is None else asked


_FACTS = {
    Target.DAILY: _Facts(
        label="coming days",
        step="session",
        backtested=(1, 2, 3, 5, 7, 10, 15, 21, 30, 42, 63),
        scored=(1, 5, 21, 63),
        shown=(1, 5, 21, 63),
        first=1,
        longest=63,
        usual_rows=30,
    ),
    Target.MONTHLY: _Facts(
        label="averages of months",
        step="month",
        backtested=tuple(range(13)),
        scored=(0, 1, 2, 3, 6, 9, 12),
        shown=(0, 1, 3, 6, 12),
        first=0,
        longest=12,
        usual_rows=13,
    ),
}


def find_target(name: str) -> Target:
    """The target called `name`. Raises InputError with the known names."""
    try:
        return Target(name)
    except ValueError:
        known = ", ".join(Target)
        raise InputError(f"target {name!r} is not known: choose from {known}.") from None
