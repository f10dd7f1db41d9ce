"""Insert many rows with one statement: a frame becomes one array parameter a column."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from wellhead.calendars import now
from wellhead.database.schema import SCHEMA
from wellhead.settings import get_settings

_STATEMENT_ROWS = {"copy": 5_000, "rows": 500}
# A server that takes no COPY may also refuse messages over 64 KiB; the statement needs the rest.
_STATEMENT_CHARACTERS = {"copy": None, "rows": 40_000}


def insert_new(connection: sa.Connection, name: str, rows: pd.DataFrame) -> int:
    """Insert the rows whose key is not stored, in the caller's transaction; returns how many."""
    table, count = SCHEMA[name], 0
    for part in slices(rows):
        stamped = part.assign(recorded_at=now())
        columns = [table.c[column] for column in stamped.columns]
        incoming = unnest(stamped, columns)
        statement = insert(table).from_select(columns, sa.select(*incoming.c))
        counting = connection.execution_options(preserve_rowcount=True)
        count += int(counting.execute(statement.on_conflict_do_nothing()).rowcount)
    return count


def unnest(rows: pd.DataFrame, columns: list[sa.Column[Any]]) -> sa.TableValuedAlias:
    """The frame as a table in a FROM clause, by PostgreSQL's `unnest` of one array a column."""
    arrays = (
        sa.bindparam(None, _values(rows[column.name]), type_=ARRAY(column.type), unique=True)
        for column in columns
    )
    typed = (sa.column(column.name, column.type) for column in columns)
    return sa.func.unnest(*arrays).table_valued(*typed, name="incoming").render_derived()


def slices(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The frame in parts that each fit into one statement."""
    transport = get_settings().database_bulk
    most = _STATEMENT_ROWS[transport]
    for first in range(0, len(rows), most):
        yield from _short_enough(rows.iloc[first : first + most], _STATEMENT_CHARACTERS[transport])


def _short_enough(rows: pd.DataFrame, most: int | None) -> Iterator[pd.DataFrame]:
    """Halve the frame until the text of each part fits. A single row goes as it is."""
    if most is None or len(rows) == 1 or _characters(rows) <= most:
        yield rows
    else:
        half = len(rows) // 2
        yield from _short_enough(rows.iloc[:half], most)
        yield from _short_enough(rows.iloc[half:], most)


def _characters(rows: pd.DataFrame) -> int:
    """About how long the rows are as array parameters.

    Escapes in JSON make text half as long again. Four characters a cell allow for quotes, commas
    and UTF-8 beyond ASCII.
    """
    return sum(4 + len(str(cell).encode()) * 3 // 2 for column in rows for cell in rows[column])


def _values(series: pd.Series) -> list[Any]:
    """Plain Python values; a missing one becomes NULL, never NaN."""
    return [None if _missing(value) else value for value in series.astype(object).tolist()]


def _missing(value: object) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and value != value)
