"""Which row is the header, and what its columns are, in the layouts that people download.

Known: `date,value` with unit, open, high, low, volume and published; Stooq's and investing.com's
columns; FRED's `observation_date,DCOILWTICO` (formerly `DATE`); EIA's sheet; yfinance's header of
two or three rows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wellhead.errors import SourceFormatError
from wellhead.ingestion.files.layout import FileLayout
from wellhead.ingestion.files.rows import Row

_SEARCHED = 30  # rows in which a header must come
DATES = ("date", "observation_date", "datetime", "timestamp", "trade date", "trade_date")
_PRICES = ("price", "close", "settle")
_OTHERS = {name: name for name in ("unit", "open", "high", "low", "volume", "published")}
_ROLES = {**_OTHERS, "vol": "volume", "vol.": "volume"}
_ABOVE = ("price", "ticker", "attributes", "")  # first cells of yfinance's header
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
    names: tuple[str, ...]
    unit: str | None = None

    @property
    def width(self) -> int:
        """The number of columns up to the last that has a name."""
        return max(i for i, name in enumerate(self.names, 1) if name)


def find_header(rows: list[Row], layout: FileLayout, path: Path) -> Header | None:
    """The header of a file or sheet; None if no row is one.

    Raises SourceFormatError for a header with a column twice, several series, or several prices.
    """
    for place in range(min(len(rows), _SEARCHED)):
        names = _names(rows, place, path)
        date = _place(names, (layout.date_column,) if layout.date_column else DATES)
        if date is None:
            continue
        value = _value_place(rows, place, names, date, layout, path)
        if value is not None:
            _require_once(names, path)
            return Header(
                place, _roles(names, date, value), names, _unit(rows, place, names[value])
            )
    return None


def columns_of(rows: list[Row]) -> tuple[str, ...]:
    """What the header would be: the names in the first row with two cells, else in the first."""
    first = next((row for row in rows if row.width > 1), rows[0])
    return tuple(name for name in _written(first) if name)


def _names(rows: list[Row], place: int, path: Path) -> tuple[str, ...]:
    """The names of the columns if the header ends at `place`: of yfinance's, those with Close."""
    own = _written(rows[place])
    above = [_written(row) for row in rows[max(0, place - 2) : place]]
    if not (above and _is_date(own[0]) and all(names[0].lower() in _ABOVE for names in above)):
        return own
    priced = [names for names in above if "close" in map(str.lower, names)]
    if not priced:
        return own
    codes = {name for names in (*above, own) if names != priced[0] for name in names[1:] if name}
    if len(codes) > 1:
        raise SourceFormatError(
            f"{path} holds several series: {', '.join(sorted(codes))}. Save one of them a file."
        )
    return (own[0], *priced[0][1:])


def _written(row: Row) -> tuple[str, ...]:
    return tuple(str(cell or "").strip().strip("<>") for cell in row.cells)


def _is_date(name: str) -> bool:
    return name.lower() in DATES


def _place(names: tuple[str, ...], wanted: tuple[str, ...]) -> int | None:
    lower = [name.lower() for name in names]
    found = [lower.index(name.strip().lower()) for name in wanted if name.strip().lower() in lower]
    return found[0] if found else None


def _value_place(
    rows: list[Row],
    place: int,
    names: tuple[str, ...],
    date: int,
    layout: FileLayout,
    path: Path,
) -> int | None:
    if layout.value_column:
        codes = _written(rows[place - 1]) if _is_eia(rows, place) else ()
        here = _place(names, (layout.value_column,))
        return here if here is not None else _place(codes, (layout.value_column,))
    if (value := _place(names, ("value",))) is not None:
        return value
    priced = [i for i, name in enumerate(names) if name.lower() in _PRICES]
    others = [i for i, name in enumerate(names) if name and i != date]
    if not priced and (_is_eia(rows, place) or _is_fred(names, date, others)):
        priced = others
    if len(priced) > 1:
        raise SourceFormatError(
            f"{path} has several columns that may be the price: "
            f"{', '.join(names[i] for i in priced)}. Name one with --value-column, or with "
            "value_column in layout.yml beside the file."
        )
    return priced[0] if priced else None


def _is_eia(rows: list[Row], place: int) -> bool:
    return place > 0 and _written(rows[place - 1])[0].lower() == "sourcekey"


def _is_fred(names: tuple[str, ...], date: int, others: list[int]) -> bool:
    """Whether the other columns are series of FRED, under its name for the date."""
    codes = [names[i] for i in others]
    return (
        names[date] in ("observation_date", "DATE")
        and bool(codes)
        and all(_SERIES_ID.fullmatch(code) and code.lower() not in _ROLES for code in codes)
    )


def _roles(names: tuple[str, ...], date: int, value: int) -> dict[str, int]:
    others = {role: place for place, name in enumerate(names) if (role := _ROLES.get(name.lower()))}
    kept = {role: place for role, place in others.items() if place not in (date, value)}
    return {"date": date, "value": value, **kept}


def _unit(rows: list[Row], place: int, title: str) -> str | None:
    stated = _UNIT_OF_TITLE.fullmatch(title) if _is_eia(rows, place) else None
    return _EIA_UNITS.get(stated[1].strip().lower()) if stated else None


def _require_once(names: tuple[str, ...], path: Path) -> None:
    lower = [name.lower() for name in names if name]
    if len(set(lower)) < len(lower):
        raise SourceFormatError(f"{path} has a column twice: {', '.join(_twice(lower))}.")


def _twice(names: list[str]) -> Iterator[str]:
    yield from (name for name in dict.fromkeys(names) if names.count(name) > 1)
