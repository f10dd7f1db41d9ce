"""Issues of EIA's Short-Term Energy Outlook: from a file, or the newest one from EIA's API.

The API shows one issue at a time and does not say which one. It follows from the day.
"""

from pathlib import Path

import pandas as pd

from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.outlook import SERIES
from wellhead.errors import EmptySourceError, SourceFormatError, UnitMismatchError
from wellhead.ingestion.backfill import Row
from wellhead.ingestion.eia import fetch_rows
from wellhead.ingestion.files.table import read_columns

RAW_OUTLOOK = ("issue", "series", "period", "value", "kind", "unit")
"""The columns of every answer, as written; months as YYYY-MM. A unit of None is the catalogue's."""

# EIA's text on this route -> the catalogue's unit.
_UNITS = {"dollars per barrel": "USD/bbl", "dollars per million btu": "USD/MMBtu"}
_ROW_FIELDS = ("period", "seriesId", "value", "unit")


def read_outlooks(path: Path) -> pd.DataFrame:
    """The cells of a CSV file `steo_issue,series,period,value,kind`, with `unit` if it is there.

    Columns RAW_OUTLOOK; the index is the row's line in the file.
    Raises SourceError.
    """
    cells = read_columns(path, ("steo_issue", "series", "period", "value", "kind"))
    if cells.empty:
        raise EmptySourceError(f"{path} has a header but no rows.")
    return cells.rename(columns={"steo_issue": "issue"}).reindex(columns=list(RAW_OUTLOOK))


def fetch_outlook(issue: str) -> pd.DataFrame:
    """The forecasts of every series in EIA's API, from the month of `issue` on.

    Columns RAW_OUTLOOK. Raises SettingsError without a key; SourceError for another series, another
    unit or another issue. An issue ends with December of the year after its own, which shows an
    issue of the year before.
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
    _require_series(rows, key, subject)
    if (newest := max(str(row["period"]) for row in rows)) != last:
        raise SourceFormatError(
            f"{subject}: its forecasts end with {newest} and not with {last}. EIA still shows "
            "the issue before, or has changed its horizon. Try again after the release."
        )
    table = pd.DataFrame(rows)[["period", "value"]].assign(
        issue=issue, series=series, kind="forecast", unit=find_instrument(key).unit
    )
    return table[list(RAW_OUTLOOK)]


def _require_series(rows: list[Row], key: str, subject: str) -> None:
    codes, units = ({str(row[name]).strip() for row in rows} for name in ("seriesId", "unit"))
    if codes != {SERIES[key]}:
        raise SourceFormatError(f"{subject}: the answer has the series {', '.join(sorted(codes))}.")
    wanted = find_instrument(key).unit
    if {_UNITS.get(unit.lower()) for unit in units} != {wanted}:
        raise UnitMismatchError(
            f"{subject} is in {', '.join(sorted(units))}; {key} is kept in {wanted}. "
            "Nothing was stored."
        )
