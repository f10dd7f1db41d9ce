"""What a source of observations is: a card that describes it, and one method that fetches."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import pandas as pd

from wellhead.commodities import Instrument
from wellhead.errors import UnknownSourceError

Frequency = Literal["daily", "weekly", "monthly"]

# The columns of every answer. Values and dates are as the source wrote them: reading them as
# numbers and days is the validation's work, so that what cannot be read is kept and counted.
RAW_COLUMNS = ("observed_at", "value", "unit", "open", "high", "low", "volume")


@dataclass(frozen=True)
class SourceCard:
    """What one should know before trusting a source."""

    key: str
    title: str
    url: str
    licence: str
    update: str
    revisions: str
    release_rule: dict[Frequency, str]
    """For each frequency the rule in `wellhead.calendars` that dates a value's publication."""


class Source(ABC):
    """A source. A subclass has a `card` and, for one instrument at a time, `fetch`."""

    card: ClassVar[SourceCard]

    @abstractmethod
    def carries(self) -> dict[str, tuple[Frequency, ...]]:
        """The instruments (catalogue keys) it can supply, each with its frequencies."""

    @abstractmethod
    def fetch(self, instrument: Instrument, frequency: Frequency) -> pd.DataFrame:
        """All rows it has for one instrument: columns RAW_COLUMNS, in the source's order.

        A day listed without a value has None as its value. Raises SourceError.
        """

    @abstractmethod
    def version(self, instrument: Instrument) -> str:
        """A text that changes when `fetch` would answer differently."""

    def codes(self) -> dict[str, str]:
        """What the source itself calls the instruments it carries."""
        return {key: key for key in self.carries()}

    def frequencies(self, instrument: Instrument) -> tuple[Frequency, ...]:
        """The frequencies of an instrument. Raises UnknownSourceError if it carries none."""
        carried = self.carries()
        if instrument.key not in carried:
            raise UnknownSourceError(
                f"source {self.card.key} does not carry {instrument.key}. "
                f"It has: {', '.join(carried) or 'nothing'}."
            )
        return carried[instrument.key]


def raw_frame(rows: pd.DataFrame) -> pd.DataFrame:
    """Give a source's rows all of RAW_COLUMNS, in order; those it does not have are None."""
    cells = rows.reindex(columns=list(RAW_COLUMNS)).astype(object)
    return cells.where(cells.notna(), None)
