"""Calendars by name, from a file of holidays, and which of them fits the days of a series."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from wellhead.calendars import CALENDARS, WEEKDAYS_LESS, sessions, sessions_between, to_utc
from wellhead.errors import InputError

_FEW = 0.01  # share of days that a calendar which fits may not know


def find_calendar(written: str, folder: Path | None = None) -> str:
    """The calendar that a name or a file of holidays means, as `wellhead.calendars` takes it.

    A file has one ISO date a line; what follows a # is a comment. Its sessions are the weekdays
    less those days. `folder` is where a relative path begins. The result holds the holidays
    themselves, so that it stays the same when the file changes or is gone.

    Raises InputError that lists the names, or BadDateError that names the file.
    """
    if written in CALENDARS:
        return written
    if written.startswith(WEEKDAYS_LESS):
        return _weekdays_less(written.removeprefix(WEEKDAYS_LESS).split(), "calendar")
    path = (folder or Path()) / written
    if not path.is_file():
        raise InputError(
            f"calendar {written!r} is not one of: {', '.join(CALENDARS)}; nor a file of holidays, "
            "one YYYY-MM-DD a line."
        )
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"calendar {path} cannot be read as text: {error}.") from error
    return _weekdays_less([line.split("#")[0].strip() for line in lines], f"{path}: holiday")


def _weekdays_less(written: Iterable[str], name: str) -> str:
    days = {str(to_utc(day, name=name).date()) for day in written if day}
    if not days:
        raise InputError(f"{name} is missing: write one date a line, or take 'weekdays'.")
    return WEEKDAYS_LESS + " ".join(sorted(days))


def calendar_title(calendar: str) -> str:
    """What messages call a calendar: its name, or the number of its holidays."""
    if not calendar.startswith(WEEKDAYS_LESS):
        return calendar
    return f"weekdays less {len(calendar.removeprefix(WEEKDAYS_LESS).split())} holidays"


def no_sessions(days: pd.DatetimeIndex, calendar: str) -> pd.DatetimeIndex:
    """Those of `days` (midnights UTC) that are no session of a calendar, as far as it reaches."""
    return _known(days).difference(sessions(calendar))


def fitting_calendar(days: pd.DatetimeIndex, calendar: str) -> str | None:
    """The calendar with a name that fits days clearly better than `calendar`; None if none does.

    It knows all but a few of the days, and days and sessions differ on less than half as many days
    as with `calendar`.
    """
    best = min(CALENDARS, key=lambda name: _different(days, name))
    known = len(no_sessions(days, best)) <= _FEW * len(days)
    return best if known and 2 * _different(days, best) < _different(days, calendar) else None


def _different(days: pd.DatetimeIndex, calendar: str) -> int:
    known = _known(days)
    if known.empty:
        return 0
    return len(known.symmetric_difference(sessions_between(calendar, known.min(), known.max())))


def _known(days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """The days between the first and the last year of all calendars."""
    return days.intersection(sessions("everyday"))
