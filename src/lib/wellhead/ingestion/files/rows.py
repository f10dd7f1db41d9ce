"""The rows of a text file, each with its line number and its text as it stands in the file."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from wellhead.errors import SourceFormatError

SEPARATORS = (",", ";", "\t")
Cell = str | float | date | None
"""Text as it is written; in a workbook also numbers and dates."""
_SHOWN = 120  # characters of a row in messages and in the quarantine


@dataclass(frozen=True)
class Row:
    """One row. `line`: its first line, from 1. `text`: the row as it stands in the file."""

    line: int
    cells: tuple[Cell, ...]
    text: str

    @property
    def width(self) -> int:
        """The number of cells up to the last that is not empty."""
        return max((i for i, cell in enumerate(self.cells, 1) if not is_blank(cell)), default=0)

    @property
    def shown(self) -> str:
        """`line 302: 2022-02-28,85,05`; a long text is cut."""
        text = " ".join(self.text.split())
        return f"line {self.line}: {text[:_SHOWN]}{'…' * (len(text) > _SHOWN)}"


def is_blank(cell: Cell) -> bool:
    """Whether there is nothing in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def cell_text(cell: Cell) -> str | None:
    """A cell as text: a number as Python writes it, None for an empty cell."""
    if is_blank(cell):
        return None
    return repr(cell).removesuffix(".0") if isinstance(cell, float) else str(cell).strip()


def text_rows(text: str, separator: str, path: Path) -> list[Row]:
    """The rows of a text; rows of empty cells alone are left out.

    Raises SourceFormatError where the csv module gives up, with the line.
    """
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    rows, first = [], 0
    try:
        for cells in reader:
            row = Row(first + 1, tuple(cells), "".join(lines[first : reader.line_num]))
            first = reader.line_num
            if row.width:
                rows.append(row)
    except csv.Error as error:
        raise SourceFormatError(
            f"{path} is not a readable CSV file: line {first + 1}: {error}."
        ) from error
    return rows


def split_where_broken(row: Row, separator: str) -> Iterator[Row]:
    """The row, or one row without cells for each of its lines if a quote has swallowed others.

    A note may have a line break within quotes. If a line after it has a separator, it is probably
    a row of its own behind a quotation mark that was never closed.
    """
    lines = row.text.splitlines()
    if not any(separator in line for line in lines[1:]):
        yield row
        return
    yield from (Row(row.line + i, (), line) for i, line in enumerate(lines) if line.strip())
