"""What a source of observations is: a card that describes it, and one method that fetches."""

import datetime
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, Protocol

import pandas as pd

from wellhead.calendars import now, to_utc
from wellhead.catalogue.lookup import Instrument, find_instrument
from wellhead.catalogue.series import Frequency
from wellhead.errors import UnknownSourceError

# The columns of every answer. Values and dates are as the source wrote them: reading them as
# numbers and days is the validation's work, so that what cannot be read is kept and counted.
# `published` is when the value became known, where the source says it: an aware moment as text, or
# a day, which counts when it has ended everywhere on earth.
RAW_COLUMNS = ("observed_at", "value", "unit", "open", "high", "low", "volume", "published")


class LookBack(NamedTuple):
    """How many days before the newest stored one a daily update fetches again, and why so many."""

    days: int
    reason: str


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
    release_exceptions: Mapping[str, str] = field(default_factory=dict)
    """Instruments that are published by another rule than their frequency's."""
    look_back: Mapping[Frequency, LookBack] = field(default_factory=dict)
    """How far an update reaches back. A frequency without one is fetched whole each time."""
    scheduled: bool = True
    """Whether it goes on publishing by its release rule. A file has what is in it."""

    def rule(self, instrument: Instrument, frequency: Frequency) -> str:
        """The release rule of one series."""
        return self.release_exceptions.get(instrument.key, self.release_rule[frequency])


class Source(ABC):
    """A source. A subclass has a `card`, says what it `carries`, and fetches one instrument.

    One whose card has a `look_back` goes on showing the days it has shown, and is held to it.
    """

    card: ClassVar[SourceCard]

    @abstractmethod
    def carries(self) -> dict[str, tuple[Frequency, ...]]:
        """The instruments (catalogue keys) it can supply, each with its frequencies."""

    @abstractmethod
    def fetch(
        self, instrument: Instrument, frequency: Frequency, since: datetime.date | None = None
    ) -> pd.DataFrame:
        """All rows it has for one instrument, or those of days on and after `since`.

        Columns RAW_COLUMNS, in the source's order. A day listed without a value has None as its
        value. `attrs` may hold the receipt: `stated` (the rows the source said the answer has) and
        `pages` (the pages it came in). Raises SourceError.
        """

    def version(self, instrument: Instrument) -> str:
        """A text that changes when `fetch` would answer differently: the day, unless it can tell.

        So a live source is asked once a day. Raises UnknownSourceError.
        """
        self.frequencies(instrument)
        return str(now().date())

    def codes(self) -> dict[str, str]:
        """What the source itself calls the instruments it carries."""
        return {key: key for key in self.carries()}

    def find(self, name: str) -> Instrument:
        """The instrument called `name` here: by its code at the source, its key or an alias.

        Raises UnknownCommodityError.
        """
        keys = [key for key, code in self.codes().items() if code.lower() == name.strip().lower()]
        return find_instrument(keys[0] if keys else name)

    def frequencies(self, instrument: Instrument) -> tuple[Frequency, ...]:
        """The frequencies of an instrument. Raises UnknownSourceError if it carries none."""
        carried = self.carries()
        if instrument.key not in carried:
            raise UnknownSourceError(
                f"source {self.card.key} does not carry {instrument.key}. "
                f"It has: {', '.join(carried) or 'nothing'}."
            )
        return carried[instrument.key]


class Coded(Protocol):
    """A series as its source knows it: its code there, and its one frequency."""

    @property
    def code(self) -> str: ...

    @property
    def frequency(self) -> Frequency: ...


class CodedSource(Source):
    """A source that has a code for each series. A subclass lists them by catalogue key."""

    series: ClassVar[Mapping[str, Coded]]

    def carries(self) -> dict[str, tuple[Frequency, ...]]:
        return {key: (series.frequency,) for key, series in self.series.items()}

    def codes(self) -> dict[str, str]:
        return {key: series.code for key, series in self.series.items()}


def raw_frame(rows: pd.DataFrame, since: datetime.date | None = None) -> pd.DataFrame:
    """Give a source's rows all of RAW_COLUMNS, in order; those it does not have are None.

    Rows of days before `since` are left out; those whose day cannot be read stay, to be caught.
    """
    cells = rows.reindex(columns=list(RAW_COLUMNS)).astype(object)
    cells = cells.where(cells.notna(), None)
    if since is None:
        return cells
    days = read_days(cells["observed_at"])
    return cells[days.isna() | (days >= to_utc(since))].reset_index(drop=True)


def read_days(written: pd.Series) -> pd.Series:
    """Days as written, as aware midnights; NaT for what is no `YYYY-MM-DD`.

    A time behind it is ignored: the day counts as it is written, not as it falls in another zone,
    and 03/04/2020 is not guessed at.
    """
    iso = written.astype(str).str.strip().str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$")[0]
    return pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce", utc=True)
