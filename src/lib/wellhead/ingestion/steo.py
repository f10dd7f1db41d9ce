"""Issues of EIA's Short-Term Energy Outlook: from a file, or the newest one from EIA's API.

The API shows one issue at a time and does not say which: that follows from the day.
"""

from pathlib import Path

import pandas as pd

from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.outlook import SERIES
from wellhead.errors import EmptySourceError, SourceFormatError, UnitMismatchError
from wellhead.ingestion.backfill import Row
from wellhead.ingestion.csv import read_columns
from wellhead.ingestion.eia import fetch_rows

RAW_OUTLOOK = ("issue", "series", "period", "value", "kind", "unit")
"""The columns of every answer, as written: months as YYYY-MM. `unit` None: the catalogue's."""

# How EIA writes the catalogue's units on this route.
_UNITS = {"dollars per barrel": "USD/bbl", "dollars per million btu": "USD/MMBtu"}
_ROW_FIELDS = ("period", "seriesId", "value", "unit")


def read_outlooks(path: Path) -> pd.DataFrame:
    """The cells of a CSV file `steo_issue,series,period,value,kind` (and `unit`, if there).

    Columns RAW_OUTLOOK; the index is the row's number in the file, the header being row 1.
    Raises SourceError.
    """
    cells = read_columns(path, ("steo_issue", "series", "period", "value", "kind"))
    if cells.empty:
        raise EmptySourceError(f"{path} has a header but no rows.")
    cells = cells.rename(columns={"steo_issue": "issue"}).reindex(columns=list(RAW_OUTLOOK))
    return cells.set_axis(pd.RangeIndex(2, len(cells) + 2))


def fetch_outlook(issue: str) -> pd.DataFrame:
    """What EIA's API shows of every series from the month of `issue` on: its forecasts.

    Columns RAW_OUTLOOK. Raises SettingsError without a key; SourceError if an answer is not what
    it should be: of another series, in another unit, or not of this issue. An issue ends with the
    December of the year after its own, so that one of the year before is told from it.
    """
    last = f"{int(issue[:4]) + 1}-12"
    return pd.concat([_fetch(key, issue, last) for key in SERIES], ignore_index=True)


def _fetch(key: str, issue: str, last: str) -> pd.DataFrame:
    series, subject = SERIES[key], f"eia STEO series {SERIES[key]} of {issue}"
    parameters = {
        "frequency": "monthly",
        "data[0]": "value",
        "facets[seriesId][]": series,
        "sort[0][column]": "period",
        "sort[0][direction]": "asc",
        "start": issue,
    }
    rows = fetch_rows("steo", parameters, _ROW_FIELDS, subject).rows
    _require_what_was_asked(rows, key, subject)
    if (newest := max(str(row["period"]) for row in rows)) != last:
        raise SourceFormatError(
            f"{subject}: its forecasts should end with {last} and end with {newest}. EIA still "
            "shows the issue before, or has changed its horizon: try again after the release."
        )
    table = pd.DataFrame(rows)[["period", "value"]].assign(
        issue=issue, series=series, kind="forecast", unit=find_instrument(key).unit
    )
    return table[list(RAW_OUTLOOK)]


def _require_what_was_asked(rows: list[Row], key: str, subject: str) -> None:
    codes, units = ({str(row[name]).strip() for row in rows} for name in ("seriesId", "unit"))
    if codes != {SERIES[key]}:
        raise SourceFormatError(f"{subject}: the answer holds {', '.join(sorted(codes))}.")
    wanted = find_instrument(key).unit
    if {_UNITS.get(unit.lower()) for unit in units} != {wanted}:
        raise UnitMismatchError(
            f"{subject} is in {', '.join(sorted(units))}; {key} is kept in {wanted}. "
            "Nothing was stored."
        )
