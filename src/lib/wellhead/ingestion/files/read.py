"""Read a file of prices: from its bytes to the columns of `RAW_COLUMNS`, as text.

A row whose cells do not fit the header yields no value, whatever stands in them: it comes with its
line in the column `as_written`, for the rules.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from wellhead.errors import EmptySourceError, SourceFormatError
from wellhead.ingestion.base import raw_frame, read_days
from wellhead.ingestion.files.columns import canonical
from wellhead.ingestion.files.content import is_workbook, read_content, to_text
from wellhead.ingestion.files.headers import Header, find_header
from wellhead.ingestion.files.layout import FileLayout
from wellhead.ingestion.files.names import DATES, columns_of
from wellhead.ingestion.files.rows import SEPARATORS, Row, split_where_broken, text_rows
from wellhead.ingestion.files.workbook import sheets

_WHOLE, _TAIL = re.compile(r"[+-]?\d+"), re.compile(r"0\d+(?:\.\d*)?")
_INTRADAY = 3  # values of a typical day from which on a file is not daily


@dataclass(frozen=True)
class _Table:
    """The rows of a file under its header. `separator`: of its cells; None in a workbook."""

    header: Header
    rows: list[Row]
    separator: str | None


def read_file(path: Path, layout: FileLayout) -> pd.DataFrame:
    """The cells of a file of prices as text; columns RAW_COLUMNS, one row a row of the file.

    Dates are YYYY-MM-DD and numbers 1004.25 where they were understood, and as written elsewhere.
    Raises SourceError with one line that names the file and what to do.
    """
    table = _table(path, layout)
    whole, ragged = _sorted_out(table, path)
    if not whole and not ragged:
        raise EmptySourceError(f"{path} has a header but no rows. Put the series back into it.")
    columns = canonical(whole, table.header, layout, path)
    lines = [row.line for row in (*whole, *ragged)]
    rows = pd.concat([raw_frame(columns), raw_frame(_as_written(ragged))], ignore_index=True)
    raw = rows.assign(line=lines).sort_values("line", kind="stable", ignore_index=True)
    raw = raw_frame(raw)
    _require_one_a_day(raw, path)
    return raw


def _table(path: Path, layout: FileLayout) -> _Table:
    content = read_content(path)
    if is_workbook(content):
        return _of_workbook(sheets(content, path), layout, path)
    text, tables = to_text(content, path), list[list[Row]]()
    for separator in SEPARATORS:
        rows = text_rows(text, separator, path)
        if header := find_header(rows, layout, path):
            return _Table(header, rows[header.last + 1 :], separator)
        tables.append(rows)
    widest = max(tables, key=lambda rows: rows[0].width)
    raise _no_header(path, layout, columns_of(widest))


def _of_workbook(by_name: dict[str, list[Row]], layout: FileLayout, path: Path) -> _Table:
    filled = {name: rows for name, rows in by_name.items() if rows}
    if not filled:
        raise EmptySourceError(f"{path} has no sheet with rows.")
    headers = {name: find_header(rows, layout, path) for name, rows in filled.items()}
    found = {name: header for name, header in headers.items() if header}
    if len(found) > 1:
        raise SourceFormatError(
            f"{path} has prices on several sheets: {', '.join(found)}. Keep one of them, or name "
            "the column of one with --value-column."
        )
    for name, header in found.items():
        return _Table(header, filled[name][header.last + 1 :], None)
    raise _no_header(path, layout, max(map(columns_of, filled.values()), key=len))


def _no_header(path: Path, layout: FileLayout, columns: tuple[str, ...]) -> SourceFormatError:
    lower = {name.lower() for name in columns}
    is_dated = not layout.date_column and lower & set(DATES)
    wanted = [] if is_dated else [layout.date_column or "date"]
    wanted.append(layout.value_column or "value")
    missing = [name for name in wanted if name.strip().lower() not in lower] or wanted
    return SourceFormatError(
        f"{path} lacks the column {' and '.join(missing)}; it has {', '.join(columns[:12])}. The "
        "first line must read date,value, or name its columns with --date-column and "
        "--value-column (date_column and value_column in layout.yml beside the file)."
    )


def _sorted_out(table: _Table, path: Path) -> tuple[list[Row], list[Row]]:
    """The rows that fit the header, and those that do not.

    Raises SourceFormatError if most do not.
    """
    if table.separator is None:  # cells of a sheet cannot slip; what stands beside is a note
        return table.rows, []
    rows = [part for row in table.rows for part in split_where_broken(row, table.separator)]
    least = _least_width(table.header, rows)
    fits = [_fits(row, table.header, least) for row in rows]
    ragged = [row for row, good in zip(rows, fits, strict=True) if not good]
    if 2 * len(ragged) > len(rows):
        raise SourceFormatError(
            f"{path}: {len(ragged)} of {len(rows)} rows have more or fewer cells than the header "
            f"({table.header.width}). The first is {ragged[0].shown} (decimal comma? Or commas "
            'between thousands? Then put the numbers into quotes, "72,04", or separate the cells '
            "by semicolons)."
        )
    return [row for row, good in zip(rows, fits, strict=True) if good], ragged


def _fits(row: Row, header: Header, least: int) -> bool:
    """Whether every cell of a row stands under its own name.

    Empty cells beyond the header are harmless if the price is the last column. Before other columns
    they may come from a price in two cells: of 2021-01-04,72,04, under date,value,note. A cell
    that begins with a zero after a price without decimals is the other half of it as well.
    """
    last = header.roles["value"] == header.width - 1
    if not least <= len(row.cells) or row.width > header.width:
        return False
    if last:
        return True
    after = header.roles["value"] + 1
    halves = [str(cell).strip() for cell in row.cells[after - 1 : after + 1]]
    is_split = len(halves) == 2 and _WHOLE.fullmatch(halves[0]) and _TAIL.fullmatch(halves[1])
    return len(row.cells) <= len(header.names) and not is_split


def _least_width(header: Header, rows: list[Row]) -> int:
    """How many cells a row must have: all but trailing ones that are not read and never filled."""
    read = max(header.roles.values()) + 1
    return max([read, *(row.width for row in rows if row.width <= header.width)])


def _as_written(rows: list[Row]) -> pd.DataFrame:
    return pd.DataFrame({"as_written": [row.shown for row in rows]}, dtype=object)


def _require_one_a_day(raw: pd.DataFrame, path: Path) -> None:
    """Refuse a file of hours, or of several series one below the other. Vintages are no such."""
    days = read_days(raw["observed_at"][raw["published"].isna()]).dropna()
    typical = int(days.value_counts().median()) if len(days) else 0
    if typical >= _INTRADAY:
        raise SourceFormatError(
            f"this file has {typical} values a day: give daily prices of one series. {path} may "
            "hold hours, or several series one below the other."
        )
