"""Writing to the database. Every write is one transaction and can be repeated without effect."""

from typing import Any

import pandas as pd
import sqlalchemy as sa

from wellhead.calendars import now
from wellhead.database.engine import get_engine
from wellhead.database.rows import insert_new
from wellhead.database.staging import stage
from wellhead.database.vintages import insert_news, read_marks

_SERIES = ("commodity", "source", "frequency")


def write_batch(
    batch: dict[str, Any], observations: pd.DataFrame, quarantine: pd.DataFrame
) -> tuple[int, int]:
    """Store a batch with its observations and its quarantined rows, all or nothing.

    `observations`: rows of the batch's series, one a day or one a vintage of a day: commodity,
    source, frequency, observed_at, available_at, value, unit, and where there are bars open,
    high, low, volume; in any order and any number. They are stored under the batch's identifier.

    A day already stored with the same values is left as it is. A day whose values differ becomes
    a new row, available from now: until this moment nobody could have known the new value. So
    does a day that was missing when later days were loaded. Only what became known after all that
    is stored of the series keeps the `available_at` it comes with (`vintages` has the rule).

    Returns (days added, vintages added to known days). Raises ValueError if a row is of another
    series or lacks a clock, StorageError if the database fails; nothing is stored then.
    """
    with get_engine().begin() as connection:
        _lock_series(connection, batch)
        added, revised = _write_observations(connection, batch, observations)
        counted = {**batch, "rows_added": added, "rows_revised": revised}
        insert_new(connection, "batches", pd.DataFrame([counted]))
        insert_new(connection, "quarantine", quarantine)
    return added, revised


def _lock_series(connection: sa.Connection, batch: dict[str, Any]) -> None:
    """Let one load at a time work on a series, until its transaction ends."""
    name = "|".join(str(batch[column]) for column in _SERIES)
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(name))))


def _write_observations(
    connection: sa.Connection, batch: dict[str, Any], rows: pd.DataFrame
) -> tuple[int, int]:
    if rows.empty:
        return 0, 0
    staged = stage(connection, batch, rows)
    # The clock is read last: the nearer to the commit, the fewer can have read in between.
    return insert_news(connection, batch, staged, read_marks(connection, batch), now())


def write_rows(name: str, rows: pd.DataFrame) -> int:
    """Store the rows of a frame that are not yet in the table. Returns how many were new."""
    with get_engine().begin() as connection:
        return insert_new(connection, name, rows)
