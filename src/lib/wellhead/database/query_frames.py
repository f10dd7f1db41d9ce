"""From a query to a frame: columns at once, times aware UTC, numbers as floats."""

from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from wellhead.database.server.replica import get_read_engine

Query = sa.Select[Any] | sa.TextualSelect


def read_query(query: Query) -> pd.DataFrame:
    """The rows of a query: times aware UTC, numbers as floats even where all are missing."""
    with get_read_engine().connect() as connection:
        return _frame(connection, query)


def read_series(query: Query) -> pd.DataFrame:
    """Rows of one series in the order of the primary key.

    PostgreSQL knows how the first column of an index lies in the table, not how a series does: it
    expects it scattered and would rather fetch and sort it, or even compile the query. A series
    lies together.
    """
    with get_read_engine().connect() as connection:
        for costly in ("enable_sort", "jit"):
            connection.execute(sa.text(f"SET LOCAL {costly} = off"))
        return _frame(connection, query)


def _frame(connection: sa.Connection, query: Query) -> pd.DataFrame:
    """A frame made column by column: by rows, pandas would look at every cell."""
    columns = list(query.selected_columns)
    result = connection.execute(query)
    rows = result.cursor.fetchall() if result.cursor else []  # plain tuples: a Row costs as much
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pd.DataFrame(
        {column.name: _cells(column, its) for column, its in zip(columns, cells, strict=True)}
    )


def _cells(column: sa.ColumnElement[Any], cells: tuple[Any, ...]) -> pd.Series:
    if isinstance(column.type, sa.Float):
        return pd.Series(np.array(cells, dtype=float))
    if isinstance(column.type, sa.DateTime):
        moments = pd.DatetimeIndex(list(cells)).as_unit("us")
        absent = moments.tz is None  # all of them: nothing says what they would be
        return pd.Series(moments.tz_localize("UTC") if absent else moments.tz_convert("UTC"))
    return pd.Series(cells, dtype=None if cells else object)
