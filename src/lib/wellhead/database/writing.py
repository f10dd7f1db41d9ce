"""Writing to the database. Every write is one transaction and can be repeated without effect."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from wellhead.calendars import now
from wellhead.database.engine import get_engine
from wellhead.database.schema import SCHEMA

_CHUNK = 5_000
_CLOCKED = ("value", "unit", "open", "high", "low", "volume")  # a change of these is a revision
_SERIES = ("commodity", "source", "frequency")


def write_batch(
    batch: dict[str, Any], observations: pd.DataFrame, quarantine: pd.DataFrame
) -> tuple[int, int]:
    """Store a batch with its observations and its quarantined rows, all or nothing.

    A day already stored with the same values is left as it is. A day whose values differ becomes
    a new row, available from now: until this moment nobody could have known the new value. So
    does a day that was missing when later days were loaded. Returns (days added, days revised).
    """
    with get_engine().begin() as connection:
        added = revised = 0
        newest = _lock_series(connection, batch)
        for chunk in _chunks(observations):
            new, changed = _insert_vintages(connection, chunk, newest)
            added, revised = added + new, revised + changed
        counted = {**batch, "rows_added": added, "rows_revised": revised}
        insert_new(connection, "batches", pd.DataFrame([counted]))
        insert_new(connection, "quarantine", quarantine)
    return added, revised


def _lock_series(connection: sa.Connection, batch: dict[str, Any]) -> datetime | None:
    """Let one load at a time work on a series; returns its newest stored day."""
    name = "|".join(str(batch[column]) for column in _SERIES)
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(name))))
    table = SCHEMA["observations"].c
    newest: datetime | None = connection.scalar(
        sa.select(sa.func.max(table.observed_at)).where(
            *(table[column] == batch[column] for column in _SERIES)
        )
    )
    return newest


def _insert_vintages(
    connection: sa.Connection, rows: pd.DataFrame, newest: datetime | None
) -> tuple[int, int]:
    """Insert the rows that say something new; returns (added, revised)."""
    table = SCHEMA["observations"]
    stamped = rows.assign(recorded_at=now())
    columns = [table.c[name] for name in stamped.columns]
    incoming = _unnest(stamped, columns)
    latest = _latest_vintage(table, incoming)
    revision = latest.c.available_at.is_not(None)
    differs = sa.tuple_(*(latest.c[name] for name in _CLOCKED)).op("IS DISTINCT FROM")(
        sa.tuple_(*(incoming.c[name] for name in _CLOCKED))
    )
    late = incoming.c.observed_at <= newest if newest else sa.false()
    known = sa.case((revision | late, incoming.c.recorded_at), else_=incoming.c.available_at)
    selected = sa.select(
        *(known if c.name == "available_at" else incoming.c[c.name] for c in columns)
    )
    new_rows = selected.select_from(incoming.outerjoin(latest, sa.true())).where(
        sa.or_(sa.not_(revision), differs)
    )
    revisions = sa.select(sa.func.count().filter(revision)).select_from(
        incoming.outerjoin(latest, sa.true())
    ).where(sa.and_(revision, differs))  # fmt: skip
    revised = connection.scalar(revisions) or 0
    return _insert(connection, table, columns, new_rows) - revised, revised


def _latest_vintage(table: sa.Table, incoming: sa.TableValuedAlias) -> sa.FromClause:
    """For each incoming row what is stored last for its day."""
    return (
        sa.select(table.c.available_at, *(table.c[name] for name in _CLOCKED))
        .where(*(table.c[name] == incoming.c[name] for name in (*_SERIES, "observed_at")))
        .order_by(table.c.available_at.desc())
        .limit(1)
        .lateral("latest")
    )


def write_rows(name: str, rows: pd.DataFrame) -> int:
    """Store the rows of a frame that are not yet in the table. Returns how many were new."""
    with get_engine().begin() as connection:
        return insert_new(connection, name, rows)


def insert_new(connection: sa.Connection, name: str, rows: pd.DataFrame) -> int:
    """Insert rows whose key is not yet stored, in the caller's transaction."""
    table, count = SCHEMA[name], 0
    for chunk in _chunks(rows):
        stamped = chunk.assign(recorded_at=now())
        columns = [table.c[column] for column in stamped.columns]
        incoming = _unnest(stamped, columns)
        count += _insert(connection, table, columns, sa.select(*incoming.c))
    return count


def _insert(
    connection: sa.Connection,
    table: sa.Table,
    columns: list[sa.Column[Any]],
    rows: sa.Select[Any],
) -> int:
    statement = insert(table).from_select(columns, rows).on_conflict_do_nothing()
    kept = connection.execution_options(preserve_rowcount=True)
    return int(kept.execute(statement).rowcount)


def _unnest(rows: pd.DataFrame, columns: list[sa.Column[Any]]) -> sa.TableValuedAlias:
    """A frame as a table value: one array parameter a column, so any number of rows is one call."""
    arrays = (
        sa.bindparam(None, _values(rows[column.name]), type_=ARRAY(column.type), unique=True)
        for column in columns
    )
    typed = (sa.column(column.name, column.type) for column in columns)
    return sa.func.unnest(*arrays).table_valued(*typed, name="incoming").render_derived()


def _values(series: pd.Series) -> list[Any]:
    """Plain Python values; what is missing becomes NULL, never NaN."""
    return [None if _missing(value) else value for value in series.astype(object).tolist()]


def _missing(value: object) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and value != value)


def _chunks(rows: pd.DataFrame) -> Iterable[pd.DataFrame]:
    return (rows.iloc[first : first + _CHUNK] for first in range(0, len(rows), _CHUNK))
