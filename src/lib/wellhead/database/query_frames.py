"""From a query to a frame: timestamps are aware UTC, numbers are floats."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from wellhead.database.schema import SCHEMA, VIEWS
from wellhead.database.server.replica import get_read_engine

Row = sa.Row[Any]
"""A row of a result; its cells are attributes, and `_mapping` has them by name."""

_shared: ContextVar[sa.Connection | None] = ContextVar("shared_connection", default=None)

Query = sa.Select[Any] | sa.TextualSelect


def read_table(name: str, **equal: Any) -> pd.DataFrame:
    """The rows of a table or view, in the order of its key; `equal`: columns and their values."""
    table = (SCHEMA | VIEWS)[name]
    conditions = [table.c[column] == value for column, value in equal.items()]
    return read_query(sa.select(table).where(*conditions).order_by(*table.primary_key.columns))


def read_rows(query: Query, **parameters: Any) -> Sequence[Row]:
    """The rows of a query as they are: a frame of a few rows takes longer than to read them."""
    with _connection() as connection:
        return connection.execute(query, parameters).all()


@contextmanager
def one_connection() -> Iterator[None]:
    """Calls of `read_rows` and `read_query` inside share a connection: to get one takes as long as
    to read."""
    with _connection() as connection:
        token = _shared.set(connection)
        try:
            yield
        finally:
            _shared.reset(token)


@contextmanager
def _connection() -> Iterator[sa.Connection]:
    """For single statements: without a transaction, which would be two journeys to the server."""
    if (shared := _shared.get()) is not None:
        yield shared
        return
    with get_read_engine().connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


def read_query(query: Query) -> pd.DataFrame:
    """The rows of a query. A column has its type even if every value is missing."""
    with _connection() as connection:
        return _frame(connection, query)


def read_series(query: Query) -> pd.DataFrame:
    """The rows of a query on one series, in the order of the primary key.

    PostgreSQL does not know that the rows of one series lie together in the table. It expects them
    scattered, and would rather fetch and sort them, or even compile the query.
    """
    with get_read_engine().connect() as connection:
        for costly in ("enable_sort", "jit"):
            connection.execute(sa.text(f"SET LOCAL {costly} = off"))
        return _frame(connection, query)


def _frame(connection: sa.Connection, query: Query) -> pd.DataFrame:
    """Make the frame column by column: given rows, pandas would inspect every cell."""
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
        all_missing = moments.tz is None
        return pd.Series(moments.tz_localize("UTC") if all_missing else moments.tz_convert("UTC"))
    return pd.Series(cells, dtype=None if cells else object)
