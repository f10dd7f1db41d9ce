"""The missing days of a series, and the explanations in `expectations/known_gaps.yml`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead.calendars import bridge_days, periods_between, to_utc, us_federal_holidays
from wellhead.catalogue.instruments import Instrument
from wellhead.validation.expectation_files import expectations_folder, read_expectations

LISTED_EMPTY = "listed-without-a-value"
"""The explanation of a day that the source lists without a value."""


@dataclass(frozen=True)
class KnownGap:
    """One entry: its name, instruments, days and reason."""

    name: str
    commodities: frozenset[str]
    reason: str
    days: tuple[date, ...] = ()
    span: tuple[date, date] | None = None
    holidays: str | None = None

    def covers(self, missing: pd.DatetimeIndex, calendar: str) -> Any:
        """Whether this entry explains each missing day."""
        if self.span:
            first, last = map(to_utc, self.span)
            return (missing >= first) & (missing <= last)
        if self.holidays == "us-federal":
            return missing.isin(us_federal_holidays())
        if self.holidays == "bridge-days":
            return missing.isin(bridge_days(calendar))
        return missing.isin(pd.DatetimeIndex(self.days, tz="UTC"))


def missing_days(
    days: pd.DatetimeIndex, instrument: Instrument, frequency: str, listed_empty: Iterable[Any] = ()
) -> pd.DataFrame:
    """The days without a value between the first and the last of `days`, each with its explanation.

    One row a missing period of the instrument's calendar: day, explanation (the name of an entry,
    LISTED_EMPTY, or "" for a gap). `listed_empty` are the days that the source lists without a
    value. Holidays of the calendar are not missing.
    """
    present = pd.DatetimeIndex(days).dropna().unique()
    if present.empty:
        return pd.DataFrame({"day": pd.DatetimeIndex([], tz="UTC"), "explanation": []})
    expected = periods_between(instrument.calendar, frequency, present.min(), present.max())
    missing = expected.difference(present)
    explanation = pd.Series("", index=missing, dtype=object)
    for entry in known_gaps():
        if frequency == "daily" and instrument.key in entry.commodities:
            explanation[entry.covers(missing, instrument.calendar) & (explanation == "")] = (
                entry.name
            )
    explanation[missing.isin(pd.DatetimeIndex([to_utc(day) for day in listed_empty]))] = (
        LISTED_EMPTY
    )
    return pd.DataFrame({"day": missing, "explanation": explanation.to_numpy()})


def known_gaps() -> tuple[KnownGap, ...]:
    """The entries of `expectations/known_gaps.yml`.

    Raises SettingsError that names the file and the fault.
    """
    return _load(expectations_folder() / "known_gaps.yml")


@lru_cache
def _load(path: Path) -> tuple[KnownGap, ...]:
    return read_expectations(path, "a list of known gaps", _entries)


def _entries(document: dict[str, Any]) -> tuple[KnownGap, ...]:
    return tuple(_entry(entry) for entry in document["gaps"])


def _entry(entry: dict[str, Any]) -> KnownGap:
    which = [key for key in ("days", "from", "holidays") if key in entry]
    if len(which) != 1:
        raise ValueError(f"{entry['name']} needs one of days, from and to, holidays")
    if entry.get("holidays") not in (None, "us-federal", "bridge-days"):
        raise ValueError(
            f"{entry['name']}: holidays {entry['holidays']!r} are not known: write us-federal or "
            "bridge-days"
        )
    if not entry["reason"].strip():
        raise ValueError(f"{entry['name']} has no reason")
    return KnownGap(
        name=entry["name"],
        commodities=frozenset(entry["commodities"]),
        reason=" ".join(entry["reason"].split()),
        days=tuple(entry.get("days", ())),
        span=(entry["from"], entry["to"]) if "from" in entry else None,
        holidays=entry.get("holidays"),
    )
