"""A CSV file under a header of its own, all of it as text: for tables that are not prices."""

from pathlib import Path

import pandas as pd

from wellhead.errors import SourceFormatError
from wellhead.ingestion.files.content import read_content, to_text
from wellhead.ingestion.files.rows import SEPARATORS, Row, cell_text, text_rows


def read_columns(path: Path, needed: tuple[str, ...]) -> pd.DataFrame:
    """All cells of a CSV file as text, under its first row in lower case.

    The index is the line of each row. Raises SourceError: also if one of the columns `needed` is
    missing or there twice, or if a row has more cells than the header.
    """
    text = to_text(read_content(path), path, needed)
    tables = [text_rows(text, separator, path) for separator in SEPARATORS]
    rows = max(tables, key=lambda rows: len(rows[0].cells))
    names = [(cell_text(cell) or "").lower() for cell in rows[0].cells]
    _require_names(names, needed, path)
    for row in rows[1:]:
        if row.width > len(names):
            raise SourceFormatError(
                f"{path} is not a readable CSV file: {row.shown} has {row.width} cells, the header "
                f"has {len(names)} (decimal comma?)."
            )
    return pd.DataFrame(
        [_filled(row, len(names)) for row in rows[1:]],
        columns=names,
        index=[row.line for row in rows[1:]],
        dtype=object,
    )


def _filled(row: Row, width: int) -> list[str | None]:
    """The cells of a row; those that it lacks are None."""
    cells = [cell_text(cell) for cell in row.cells[:width]]
    return cells + [None] * (width - len(cells))


def _require_names(names: list[str], needed: tuple[str, ...], path: Path) -> None:
    if len(set(names)) < len(names):
        raise SourceFormatError(f"{path} has a column twice: {', '.join(names)}.")
    if missing := set(needed) - set(names):
        raise SourceFormatError(
            f"{path} lacks the column {' and '.join(sorted(missing))}; it has "
            f"{', '.join(names)}. The first line must read {','.join(needed)}."
        )
