"""The columns of rows that fit their header: dates and numbers in one form, other cells as text."""

from pathlib import Path

import pandas as pd

from wellhead.ingestion.files.dates import iso_date, require_certain
from wellhead.ingestion.files.headers import Header
from wellhead.ingestion.files.layout import FileLayout
from wellhead.ingestion.files.numbers import NUMBERS, numbers
from wellhead.ingestion.files.rows import Row, cell_text


def canonical(rows: list[Row], header: Header, layout: FileLayout, path: Path) -> pd.DataFrame:
    """The columns by the names of RAW_COLUMNS, as text; cells that were not understood as written.

    `as_written` is set where the layout names a form (date_format, decimal) and a cell is of
    another: such a row has no other cells. Raises SourceFormatError for dates or numbers that can
    be read in two ways.
    """
    cells = {role: [row.cells[place] for row in rows] for role, place in header.roles.items()}
    written = [cell_text(cell) for cell in cells.pop("date")]
    days = [iso_date(row.cells[header.roles["date"]], layout.date_format) for row in rows]
    if layout.date_format is None:
        require_certain(rows, header.roles["date"], path)
    read, unfit = numbers(
        {name: cells[name] for name in NUMBERS if name in cells}, layout.decimal, path
    )
    if layout.date_format:
        unfit |= {i for i, day in enumerate(days) if day is None and written[i]}
    table = {name: list(map(cell_text, column)) for name, column in {**cells, **read}.items()}
    table["observed_at"] = [day or text for day, text in zip(days, written, strict=True)]
    if header.unit:
        table.setdefault("unit", [header.unit] * len(rows))
    return _set_aside(pd.DataFrame(table, dtype=object), rows, unfit)


def _set_aside(frame: pd.DataFrame, rows: list[Row], unfit: set[int]) -> pd.DataFrame:
    """Rows with a cell of another form than the one named have their line and nothing else."""
    aside = pd.Series(frame.index.isin(sorted(unfit)), index=frame.index)
    shown = pd.Series([row.shown for row in rows], index=frame.index, dtype=object)
    return frame.mask(aside, None).assign(as_written=shown.where(aside, None))
