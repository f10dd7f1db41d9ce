"""The sheets of an Excel file, `.xls` or `.xlsx`, as rows of typed cells."""

import datetime
import io
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from wellhead.errors import SourceFormatError
from wellhead.ingestion.files.rows import Cell, Row, is_blank


def sheets(content: bytes, path: Path) -> dict[str, list[Row]]:
    """The rows of each sheet by its name; empty rows are left out, and `line` is the sheet's.

    Raises SourceFormatError for another zip archive, or a workbook that is damaged or protected.
    """
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return {name: _rows(book.get_sheet_by_name(name)) for name in book.sheet_names}
    except (CalamineError, OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise SourceFormatError(
            f"{path} is a zip archive or a workbook that cannot be read ({reason}). Unpack it, or "
            "save its prices as CSV."
        ) from error


def _rows(sheet: Any) -> list[Row]:
    table = sheet.to_python(skip_empty_area=False)
    rows = [tuple(map(_cell, cells)) for cells in table]
    return [
        Row(line, cells, ",".join("" if is_blank(cell) else str(cell) for cell in cells))
        for line, cells in enumerate(rows, 1)
        if not all(map(is_blank, cells))
    ]


def _cell(cell: Any) -> Cell:
    """Text, number or date; whatever else Excel has (TRUE, a duration) becomes its text."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float | datetime.date):
        return str(cell)
    return float(cell) if isinstance(cell, int) else cell
