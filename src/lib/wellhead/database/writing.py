"""Writes to the database. Each is one transaction, and repeating it changes nothing.

A write is announced on the channel `wellhead_changes`, with the name of its table, when it commits:
programs that keep answers in memory listen there.
"""

from typing import Any

import pandas as pd
import sqlalchemy as sa

from wellhead.calendars import now
from wellhead.catalogue.series import SeriesKey
from wellhead.database.bulk_insert import insert_new
from wellhead.database.engine import get_engine
from wellhead.database.new_vintages import insert_new_vintages, read_marks
from wellhead.database.schema import SCHEMA
from wellhead.database.staging import stage

CHANGES = "wellhead_changes"
"""The channel on which a write is announced."""


def write_batch(
    batch: dict[str, Any], observations: pd.DataFrame, quarantine: pd.DataFrame
) -> tuple[int, int]:
    """Store a batch with its observations and its quarantined rows, all or nothing.

    `observations`: rows of the batch's series, one a day or one a vintage of a day, in any order:
    commodity, source, frequency, observed_at, available_at, value, unit, and for bars open, high,
    low, volume. They are stored under the batch's identifier.

    A day that is stored with the same values is left as it is. A day whose values differ becomes a
    new row that is available from now, because nobody could have known the new value before. So
    does a day that was missing when later days were loaded. Only rows that became known after
    everything stored of the series keep their own `available_at` (`new_vintages` has the rule).

    Returns (days added, vintages added to known days). Raises ValueError if a row is of another
    series or lacks a clock, StorageError if the database fails; nothing is stored then.
    """
    with get_engine().begin() as connection:
        _lock_series(connection, batch)
        added, revised = _write_observations(connection, batch, observations)
        counted = {**batch, "rows_added": added, "rows_revised": revised}
        insert_new(connection, "batches", pd.DataFrame([counted]))
        insert_new(connection, "quarantine", quarantine)
        _announce(connection, "observations")
    return added, revised


def _announce(connection: sa.Connection, table: str) -> None:
    connection.execute(sa.select(sa.func.pg_notify(CHANGES, table)))


def _lock_series(connection: sa.Connection, batch: dict[str, Any]) -> None:
    """Make other loads of the series wait until this transaction ends."""
    name = "|".join(str(batch[column]) for column in SeriesKey._fields)
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(name))))


def _write_observations(
    connection: sa.Connection, batch: dict[str, Any], rows: pd.DataFrame
) -> tuple[int, int]:
    if rows.empty:
        return 0, 0
    staged = stage(connection, batch, rows)
    # Take the time last: the nearer to the commit, the fewer programs have read in between.
    return insert_new_vintages(connection, batch, staged, read_marks(connection, batch), now())


def write_rows(name: str, rows: pd.DataFrame) -> int:
    """Store the rows whose key is not yet in the table. Returns how many were new."""
    with get_engine().begin() as connection:
        added = insert_new(connection, name, rows)
        if added:
            _announce(connection, name)
        return added


def write_scores(scores: pd.DataFrame) -> int:
    """Store scores, one row a metric as in view `scores`, in table `leaderboard`.

    Returns how many rows of that table were new.
    """
    keys = SCHEMA["leaderboard"].primary_key.columns.keys()
    rows = [
        dict(zip(keys, values, strict=True))
        | {"metrics": _by_name(part), "run_id": part["run_id"].iloc[0]}
        for values, part in scores.groupby(keys, sort=False)
    ]
    return write_rows("leaderboard", pd.DataFrame(rows))


def _by_name(part: pd.DataFrame) -> dict[str, float | None]:
    """Metric -> its value; None if it is not defined."""
    values = part["value"].astype(float)
    defined = values.astype(object).where(values.notna(), None)
    return dict(zip(part["metric"], defined, strict=True))
