"""Dates as people write them. Whatever can be read in two ways is not read."""

import datetime
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from wellhead.errors import SourceFormatError
from wellhead.ingestion.files.rows import Cell, Row, cell_text

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = "january february march april may june july august september october november december"
_NAMES = {name: i for i, name in enumerate(_MONTHS, 1)}
_NAMES |= {name: i for i, name in enumerate(_FULL.split(), 1)} | {"sept": 9}
_TIME = r"(?P<time>[T ]\d{1,2}:\d{2}.*)?"
_DAY_OF_WEEK = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? )?"
_CERTAIN = [
    re.compile(_DAY_OF_WEEK + form + _TIME, re.IGNORECASE)
    for form in (
        r"(?P<y>\d{4})(?P<s>[/.-])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})",
        r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
        r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[ -](?P<m>[a-z]{3,9})\.?,?[ -](?P<y>\d{4})",
        r"(?P<m>[a-z]{3,9})\.?[ -](?P<d>\d{1,2})(?:st|nd|rd|th)?(?:,| |-|, )(?P<y>\d{4})",
        r"(?P<y>\d{4})[ -](?P<m>[a-z]{3,9})[ -](?P<d>\d{1,2})",
    )
]
_UNCERTAIN = re.compile(r"\d{1,2}([/.-])\d{1,2}\1(\d{4}|\d{2})(?:[T ].*)?")
_TIMES = ("", " %H:%M", " %H:%M:%S")


def iso_date(cell: Cell, form: str | None = None) -> str | None:
    """A cell as YYYY-MM-DD, with the time of day if it has one; None if it is no certain date.

    With `form` (as of strptime) text must have this form and no other.
    """
    if isinstance(cell, datetime.datetime):
        return _iso(cell)
    if isinstance(cell, datetime.date):
        return str(cell)
    text = " ".join((cell_text(cell) or "").split())
    if form is not None:
        return _strptime(text, form)
    return text if re.match(r"\d{4}-\d{2}-\d{2}(?:[T ]|$)", text) else _certain(text)


def _iso(moment: datetime.datetime) -> str:
    midnight = moment.time() == datetime.time() and moment.tzinfo is None
    return str(moment.date()) if midnight else moment.isoformat(sep=" ")


def _strptime(text: str, form: str) -> str | None:
    try:
        return _iso(datetime.datetime.strptime(text, form))  # noqa: DTZ007 - a day, as it is written
    except ValueError:
        return None


def _certain(text: str) -> str | None:
    for form in _CERTAIN:
        if found := form.fullmatch(text):
            month = found["m"]
            number = int(month) if month.isdigit() else _NAMES.get(month.lower(), 0)
            return _day(int(found["y"]), number, int(found["d"]), found["time"] or "")
    return None


def _day(year: int, month: int, day: int, time: str) -> str | None:
    try:
        return f"{datetime.date(year, month, day)}{time}"
    except ValueError:
        return None


def require_certain(rows: Sequence[Row], place: int, path: Path) -> None:
    """Refuse a file whose dates are of the kind 01/06/2022: June the first, or January the sixth.

    Raises SourceFormatError that names the formats with which all of them are dates. A few such
    cells among others are left to the rules.
    """
    cells = [(row, text) for row in rows if (text := cell_text(row.cells[place]))]
    uncertain = [(row, text) for row, text in cells if _UNCERTAIN.fullmatch(text)]
    if 2 * len(uncertain) <= len(cells):
        return
    fitting = list(_fitting([text for _, text in uncertain]))
    formats = " or ".join(f'--date-format "{form}"' for form in fitting)
    advice = f"Say how to read it: {formats}" if fitting else "No one format fits all rows"
    first, text = uncertain[0]
    raise SourceFormatError(
        f"{path}, line {first.line}: date {text!r} may be the day or the month first, and is not "
        f"guessed. {advice}{' (date_format in layout.yml beside the file)' if fitting else ''}."
    )


def _fitting(texts: list[str]) -> Iterator[str]:
    """The formats that read every text."""
    sign = next(sign for sign in "/.-" if sign in texts[0])
    for order in ("dmY", "mdY", "dmy", "mdy", "ymd"):
        for time in _TIMES:
            form = sign.join(f"%{letter}" for letter in order) + time
            if all(_strptime(text, form) for text in texts):
                yield form
