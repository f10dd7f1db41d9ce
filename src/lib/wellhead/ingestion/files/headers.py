"""Which row is the header, and what its columns are, in the layouts that people download.

Known: `date,value` with unit, open, high, low, volume and published; Stooq's and investing.com's
columns; FRED's `observation_date,DCOILWTICO` (formerly `DATE`); EIA's sheet; yfinance's header of
two or three rows.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from wellhead.errors import SourceFormatError
from wellhead.ingestion.files.layout import FileLayout
from wellhead.ingestion.files.names import (
    DATES,
    Names,
    names_ending_at,
    place_of,
    require_once,
    written,
)
from wellhead.ingestion.files.rows import Row

_SEARCHED = 30  # rows in which a header must come
_PRICES = ("price", "close", "settle")
_OTHERS = {name: name for name in ("unit", "open", "high", "low", "volume", "published")}
_ROLES = {**_OTHERS, "vol": "volume", "vol.": "volume"}
_SERIES_ID = re.compile(r"(?!.*_(?:CHG|CH1|PCH|PC1|PCA|CCH|CCA|LOG)$)[A-Z][A-Z0-9_]+")
_UNIT_OF_TITLE = re.compile(r".*\(([^()]*)\)\s*", re.DOTALL)
_EIA_UNITS = {
    "dollars per barrel": "USD/bbl",
    "dollars per gallon": "USD/gal",
    "cents per gallon": "cents/gal",
    "dollars per million btu": "USD/MMBtu",
    "thousand barrels": "thousand bbl",
}


@dataclass(frozen=True)
class Header:
    """`last`: the position of its last row. `roles`: the place of date, value, open … in a row.

    `names`: all columns as they are written. `unit`: the unit that the title of EIA's column says.
    """

    last: int
    roles: dict[str, int]
    names: Names
    unit: str | None = None

    @property
    def width(self) -> int:
        """The number of columns up to the last that has a name."""
        return max(i for i, name in enumerate(self.names, 1) if name)


def find_header(rows: list[Row], layout: FileLayout, path: Path) -> Header | None:
    """The header of a file or sheet; None if no row is one.

    Raises SourceFormatError for a header with a column twice, several series, or several prices.
    """
    for last in range(min(len(rows), _SEARCHED)):
        names, codes = names_ending_at(rows, last, path), _codes(rows, last)
        date = place_of((layout.date_column,) if layout.date_column else DATES, names)
        if date is None:
            continue
        value = _value(names, codes, date, layout.value_column, path)
        if value is not None:
            require_once(names, path)
            unit = _unit_of(names[value]) if codes else None
            return Header(last, _roles(names, date, value), names, unit)
    return None


def _codes(rows: list[Row], last: int) -> Names:
    """EIA's codes of the series, in the row above the names; none in other files."""
    above = written(rows[last - 1]) if last else ("",)
    return above if above[0].lower() == "sourcekey" else ()


def _value(names: Names, codes: Names, date: int, column: str | None, path: Path) -> int | None:
    """The place of the column of prices; None if no name says which one it is."""
    if column:
        named = place_of((column,), names)
        return place_of((column,), codes) if named is None else named
    if (value := place_of(("value",), names)) is not None:
        return value
    priced = [place for place, name in enumerate(names) if name.lower() in _PRICES]
    others = [place for place, name in enumerate(names) if name and place != date]
    if not priced and (codes or _is_fred(names, date, others)):
        priced = others
    if len(priced) > 1:
        raise SourceFormatError(
            f"{path} has several columns that may be the price: "
            f"{', '.join(names[place] for place in priced)}. Name one with --value-column, or "
            "with value_column in layout.yml beside the file."
        )
    return priced[0] if priced else None


def _is_fred(names: Names, date: int, others: list[int]) -> bool:
    """Whether the other columns are series of FRED, under its name for the date."""
    ids = [names[place] for place in others]
    return (
        names[date] in ("observation_date", "DATE")
        and bool(ids)
        and all(_SERIES_ID.fullmatch(name) and name.lower() not in _ROLES for name in ids)
    )


def _roles(names: Names, date: int, value: int) -> dict[str, int]:
    others = {role: place for place, name in enumerate(names) if (role := _ROLES.get(name.lower()))}
    kept = {role: place for role, place in others.items() if place not in (date, value)}
    return {"date": date, "value": value, **kept}


def _unit_of(title: str) -> str | None:
    """The unit at the end of EIA's title, as in (Dollars per Barrel); None if it has none."""
    stated = _UNIT_OF_TITLE.fullmatch(title)
    return _EIA_UNITS.get(stated[1].strip().lower()) if stated else None
