"""A source of observations: a card that describes it, and a method that fetches."""

import datetime
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, Protocol

import pandas as pd

from wellhead.calendars import now, to_utc
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import Frequency
from wellhead.errors import UnknownSourceError

# The columns of every answer. Values and dates are as the source wrote them; the validation parses
# them, so that unreadable cells are kept and counted. `published` is when the value became known,
# if the source says so: an aware moment as text, or a day, which counts from its end in the last
# time zone. `as_written` is the whole row of a file, with its line number, where its cells do not
# fit the header: such a row has no other cells.
BAR = ("open", "high", "low", "volume")
RAW_COLUMNS = ("observed_at", "value", "unit", *BAR, "published", "as_written")


class LookBack(NamedTuple):
    """How many days before the newest stored one an update fetches again, and why."""

    days: int
    reason: str


@dataclass(frozen=True)
class SourceCard:
    """The facts to know before trusting a source."""

    key: str
    title: str
    url: str
    licence: str
    update: str
    revisions: str
    release_rule: dict[Frequency, str]
    """By frequency, the rule in `catalogue.release_rules` that dates the publication of a value."""
    release_exceptions: Mapping[str, str] = field(default_factory=dict)
    """By instrument, a rule that replaces the one of its frequency."""
    look_back: Mapping[Frequency, LookBack] = field(default_factory=dict)
    """How far an update reaches back. A frequency without an entry is fetched whole each time."""
    scheduled: bool = True
    """Whether it publishes new days by its release rule. A file does not."""

    def rule(self, instrument: Instrument, frequency: Frequency) -> str:
        """The release rule of one series."""
        return self.release_exceptions.get(instrument.key, self.release_rule[frequency])


class Source(ABC):
    """A source. A subclass has a `card`, lists what it `carries`, and fetches one instrument.

    A source whose card has a `look_back` must go on showing the days that it has shown.
    """

    card: ClassVar[SourceCard]

    @abstractmethod
    def carries(self) -> dict[str, tuple[Frequency, ...]]:
        """The instruments (catalogue keys) it can supply, each with its frequencies."""

    @abstractmethod
    def fetch(
        self, instrument: Instrument, frequency: Frequency, since: datetime.date | None = None
    ) -> pd.DataFrame:
        """All rows of one instrument, or those of days on and after `since`.

        Columns RAW_COLUMNS, in the source's order. A day listed without a value has the value None.
        `attrs` may have `stated` (the number of rows that the source says the answer has) and
        `pages` (the number of pages). Raises SourceError.
        """

    def version(self, instrument: Instrument) -> str:
        """A text that changes when `fetch` may give other rows. Raises UnknownSourceError.

        For a live source it is the day, so that a pipeline asks it once a day.
        """
        self.frequencies(instrument)
        return str(now().date())

    def codes(self) -> dict[str, str]:
        """By instrument, the code that the source itself uses."""
        return {key: key for key in self.carries()}

    def find(self, name: str) -> Instrument:
        """The instrument called `name`: its code at the source, its key or an alias.

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
                f"It has: {', '.join(carried) or 'nothing'}.{self.passed_over()}"
            )
        return carried[instrument.key]

    def passed_over(self) -> str:
        """What the source has and does not offer, and why, to end a message with; or nothing."""
        return ""


class Coded(Protocol):
    """A series at its source: its code there and its frequency."""

    @property
    def code(self) -> str: ...

    @property
    def frequency(self) -> Frequency: ...


class CodedSource(Source):
    """A source with a code for each series. A subclass lists the series by catalogue key."""

    series: ClassVar[Mapping[str, Coded]]

    def carries(self) -> dict[str, tuple[Frequency, ...]]:
        return {key: (series.frequency,) for key, series in self.series.items()}

    def codes(self) -> dict[str, str]:
        return {key: series.code for key, series in self.series.items()}


def raw_frame(rows: pd.DataFrame, since: datetime.date | None = None) -> pd.DataFrame:
    """The rows of a source with all RAW_COLUMNS, in order; missing columns are None.

    Rows of days before `since` are left out. A row with an unreadable day stays, for the rules.
    """
    cells = rows.reindex(columns=list(RAW_COLUMNS)).astype(object)
    cells = cells.where(cells.notna(), None)
    if since is None:
        return cells
    days = read_days(cells["observed_at"])
    return cells[days.isna() | (days >= to_utc(since))].reset_index(drop=True)


def read_days(written: pd.Series) -> pd.Series:
    """Written days as midnights in UTC; NaT for text that is not `YYYY-MM-DD`.

    A time of day after the date is ignored: the day counts as it is written, not as it falls in
    another time zone. 03/04/2020 could be two days, so it is NaT.
    """
    iso = written.astype(str).str.strip().str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$")[0]
    return pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce", utc=True)
