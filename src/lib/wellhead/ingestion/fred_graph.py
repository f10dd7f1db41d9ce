"""FRED without a key: the CSV file behind each of its graphs, with the current values of a series.

The file states neither a total nor a unit. Its last line ends with a newline, so that a file that
was cut is told from a complete one; days that are missing show in the market's calendar, which the
gate checks. An index is compared with its own base: it averages 100 there.
"""

import csv
import datetime
from io import StringIO

import pandas as pd

from wellhead.calendars import now, to_utc
from wellhead.errors import EmptySourceError, SourceFormatError, UnitMismatchError
from wellhead.ingestion.base import read_days
from wellhead.ingestion.http import Api
from wellhead.ingestion.pacing import Pace
from wellhead.ingestion.responses import Answer, Reading, as_text, brief, is_page

PACE = Pace("fred-graph", per_second=1, per_minute=60)
DAY_NAMES = ("observation_date", "DATE")  # of the first column: now, and until December 2024
# First and last day of the period in which an index averages 100.
_BASES = {
    "Index Jan 2006=100": ("2006-01-01", "2006-01-31"),
    "Index 2017=100": ("2017-01-01", "2017-12-31"),
    "Index 1982-1984=100": ("1982-01-01", "1984-12-31"),
}
_BASE_TOLERANCE = 1.0  # revisions and seasonal adjustment move the average a little
PATH = "/graph/fredgraph.csv"
_REFUSED = (
    "The owner of a series may forbid this file: set FRED_API_KEY and load the series with the key."
)

Row = list[str]


def open_graph() -> Api:
    """The upstream, for a `with`. Raises SettingsError if its base URL is not valid."""
    return Api("fred", PACE, "fred_graph_base_url", accept="text/csv", advice=_REFUSED)


def graph_rows(code: str, units: str, since: datetime.date | None) -> pd.DataFrame:
    """The listed days of a series: observed_at and value, as written; a missing value is None.

    `units` are FRED's words for its unit. Raises EmptySourceError for a file without rows,
    UnitMismatchError for an index on another base, and SourceError.
    """
    with open_graph() as api:
        header, *rows = api.read(PATH, parameters(code, since), read_table)
    frame = checked(header, rows, code, since)
    if units in _BASES:
        _require_base(frame, code, units, since)
    return frame


def parameters(code: str, since: datetime.date | None) -> dict[str, str]:
    """What is asked for: a series, whole or from `since` to today."""
    period = {"cosd": str(since), "coed": str(now().date())} if since else {}
    return {"id": code, **period}


def read_table(answer: Answer) -> Reading[list[Row]]:
    """The lines of a CSV file, header first, each as a list of cells."""
    text = as_text(answer).removeprefix("\ufeff")
    if page := is_page(text):
        return Reading(None, f"{page} instead of CSV: an error, or a series that needs a key")
    if "," not in text.partition("\n")[0]:
        return Reading(None, "text instead of CSV")
    if not answer.content.endswith(b"\n"):
        return Reading(None, f"CSV that is cut off ({len(answer.content)} bytes)")
    try:
        return Reading(list(csv.reader(StringIO(text), strict=True)))
    except csv.Error as error:
        return Reading(None, f"malformed CSV ({error})")


def checked(header: Row, rows: list[Row], code: str, since: datetime.date | None) -> pd.DataFrame:
    """The rows of a file under its header. Raises SourceFormatError, EmptySourceError."""
    subject = f"fred series {code}" + (f" since {since}" if since else "")
    if len(header) != 2 or header[0] not in DAY_NAMES or header[1] != code:
        raise SourceFormatError(
            f"{subject}: the header is {brief(','.join(header))!r}, not {DAY_NAMES[0]},{code}."
        )
    for row in rows:
        if len(row) != 2:
            written = brief(",".join(row))
            raise SourceFormatError(f"{subject}: the line {written!r} does not have two cells.")
    if not rows:
        raise EmptySourceError(f"{subject}: no rows, although the series is known.")
    values = [None if value.strip() in ("", ".") else value for _, value in rows]
    return pd.DataFrame({"observed_at": [day for day, _ in rows], "value": values}, dtype=object)


def _require_base(frame: pd.DataFrame, code: str, units: str, since: datetime.date | None) -> None:
    """Check an index where its whole base period was asked for.

    An update does not ask for it. But a new base changes every stored day, and then the load asks
    for everything.
    """
    first, last = _BASES[units]
    if since and str(since) > first:
        return
    within = read_days(frame["observed_at"]).between(to_utc(first), to_utc(last))
    average = pd.to_numeric(frame["value"][within], errors="coerce").mean()
    if abs(average - 100) > _BASE_TOLERANCE:
        raise UnitMismatchError(
            f"fred series {code} averages {average:.1f} from {first} to {last} instead of 100: "
            f"it is no longer {units}. Nothing was stored; correct the catalogue if FRED has "
            "changed."
        )
