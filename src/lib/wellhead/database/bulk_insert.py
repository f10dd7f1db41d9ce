"""Rows as array parameters: one statement inserts many, on any server."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from wellhead.calendars import now
from wellhead.database.schema import SCHEMA
from wellhead.settings import get_settings

_STATEMENT_ROWS = {"copy": 5_000, "rows": 500}
# A server that takes no COPY may also take no long message (64 KiB); the rest is for the statement.
_STATEMENT_CHARACTERS = {"copy": None, "rows": 40_000}


def insert_new(connection: sa.Connection, name: str, rows: pd.DataFrame) -> int:
    """Insert rows whose key is not yet stored, in the caller's transaction; returns how many."""
    table, count = SCHEMA[name], 0
    for part in slices(rows):
        stamped = part.assign(recorded_at=now())
        columns = [table.c[column] for column in stamped.columns]
        incoming = unnest(stamped, columns)
        statement = insert(table).from_select(columns, sa.select(*incoming.c))
        kept = connection.execution_options(preserve_rowcount=True)
        count += int(kept.execute(statement.on_conflict_do_nothing()).rowcount)
    return count


def unnest(rows: pd.DataFrame, columns: list[sa.Column[Any]]) -> sa.TableValuedAlias:
    """A frame as a table value: one array parameter a column, so any number of rows is one call."""
    arrays = (
        sa.bindparam(None, _values(rows[column.name]), type_=ARRAY(column.type), unique=True)
        for column in columns
    )
    typed = (sa.column(column.name, column.type) for column in columns)
    return sa.func.unnest(*arrays).table_valued(*typed, name="incoming").render_derived()


def slices(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The frame in parts, each small enough for one statement."""
    transport = get_settings().database_bulk
    most = _STATEMENT_ROWS[transport]
    for first in range(0, len(rows), most):
        yield from _short_enough(rows.iloc[first : first + most], _STATEMENT_CHARACTERS[transport])


def _short_enough(rows: pd.DataFrame, most: int | None) -> Iterator[pd.DataFrame]:
    """Halves, and halves of halves, until the text of each fits. A single row goes as it is."""
    if most is None or len(rows) == 1 or _characters(rows) <= most:
        yield rows
    else:
        half = len(rows) // 2
        yield from _short_enough(rows.iloc[:half], most)
        yield from _short_enough(rows.iloc[half:], most)


def _characters(rows: pd.DataFrame) -> int:
    """About how long the rows are as array parameters; escapes in JSON make it half as long again.

    Four characters a cell stand for quotes and commas, and for what UTF-8 needs beyond ASCII.
    """
    return sum(4 + len(str(cell).encode()) * 3 // 2 for column in rows for cell in rows[column])


def _values(series: pd.Series) -> list[Any]:
    """Plain Python values; what is missing becomes NULL, never NaN."""
    return [None if _missing(value) else value for value in series.astype(object).tolist()]


def _missing(value: object) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and value != value)
