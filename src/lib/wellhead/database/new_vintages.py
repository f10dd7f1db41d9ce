"""Insert the rows of a batch that are new vintages: one statement a batch.

Two marks of a series decide when a row becomes available. Its *newest day* is the latest stored
`observed_at`. Its *frontier* is the latest stored `available_at`: a read with `as_of` before the
frontier must give the same rows for ever. So a row keeps its own `available_at` only if no such
read can return it:

- a day after the newest day, known at the frontier or later;
- a further vintage of a stored day, known after the frontier.

Every other row is late. It becomes available at the moment of writing, and only the last of a day's
late vintages is stored. A day's rows follow the last stored one in the order of `available_at`; a
row with the same values as the row before it is left out.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from wellhead.catalogue.series import SeriesKey
from wellhead.database.schema import SCHEMA
from wellhead.database.staging import Staged

# For rows of new days, each day once: there is nothing to compare them with.
_APPEND = sa.text("""
INSERT INTO observations (
    commodity, source, frequency, observed_at, available_at,
    value, unit, open, high, low, volume, batch_id, recorded_at
)
SELECT
    :commodity, :source, :frequency, observed_at, available_at,
    nullif(value, 'NaN'), (CAST(:units AS text[]))[unit],
    nullif(open, 'NaN'), nullif(high, 'NaN'), nullif(low, 'NaN'), nullif(volume, 'NaN'),
    :batch_id, CAST(:recorded_at AS timestamptz)
FROM incoming
""")

# `latest`: the last stored row of each day; reading the primary key from its end needs no sort.
# `timed`: the incoming rows with it, whether they keep their clock, and when the next was known.
# `linked`: the rows that count, each with the incoming row of its day before it.
# `news`: those that differ from the row before them, or from `latest`.
# Rows of the same moment are one vintage: the one written last counts (`ctid` is the order).
_MERGE = sa.text("""
WITH latest AS (
    SELECT DISTINCT ON (observed_at)
        observed_at, available_at, value, unit, open, high, low, volume
    FROM observations
    WHERE commodity = :commodity AND source = :source AND frequency = :frequency
        AND observed_at BETWEEN :first AND :last
    ORDER BY observed_at DESC, available_at DESC
), timed AS (
    SELECT
        i.observed_at, i.available_at, i.ctid AS place,
        nullif(i.value, 'NaN') AS value, (CAST(:units AS text[]))[i.unit] AS unit,
        nullif(i.open, 'NaN') AS open, nullif(i.high, 'NaN') AS high,
        nullif(i.low, 'NaN') AS low, nullif(i.volume, 'NaN') AS volume,
        s.available_at AS stored_at, s.value AS stored_value, s.unit AS stored_unit,
        s.open AS stored_open, s.high AS stored_high, s.low AS stored_low,
        s.volume AS stored_volume,
        CASE
            WHEN i.observed_at > CAST(:newest AS timestamptz)
            THEN i.available_at >= CAST(:frontier AS timestamptz)
            ELSE s.observed_at IS NOT NULL AND i.available_at > CAST(:frontier AS timestamptz)
        END AS in_time,
        lead(i.available_at) OVER (
            PARTITION BY i.observed_at ORDER BY i.available_at, i.ctid
        ) AS next_at
    FROM incoming i LEFT JOIN latest s USING (observed_at)
), linked AS (
    SELECT
        *,
        lag(observed_at) OVER day IS NOT NULL AS follows,
        lag(value) OVER day AS last_value, lag(unit) OVER day AS last_unit,
        lag(open) OVER day AS last_open, lag(high) OVER day AS last_high,
        lag(low) OVER day AS last_low, lag(volume) OVER day AS last_volume
    FROM timed
    WHERE next_at IS NULL OR (in_time AND next_at > available_at)
    WINDOW day AS (PARTITION BY observed_at ORDER BY available_at, place)
), news AS MATERIALIZED (
    SELECT
        observed_at, value, unit, open, high, low, volume,
        CASE
            WHEN in_time THEN available_at
            ELSE greatest(
                CAST(:recorded_at AS timestamptz), stored_at + INTERVAL '1 microsecond'
            )
        END AS available_at,
        NOT follows AND stored_at IS NULL AS first
    FROM linked
    WHERE CASE
        WHEN follows
        THEN (value, unit, open, high, low, volume) IS DISTINCT FROM
            (last_value, last_unit, last_open, last_high, last_low, last_volume)
        ELSE stored_at IS NULL OR (value, unit, open, high, low, volume) IS DISTINCT FROM
            (stored_value, stored_unit, stored_open, stored_high, stored_low, stored_volume)
    END
), written AS (
    INSERT INTO observations (
        commodity, source, frequency, observed_at, available_at,
        value, unit, open, high, low, volume, batch_id, recorded_at
    )
    SELECT
        :commodity, :source, :frequency, observed_at, available_at,
        value, unit, open, high, low, volume, :batch_id, CAST(:recorded_at AS timestamptz)
    FROM news
)
SELECT count(*) FILTER (WHERE first), count(*) FILTER (WHERE NOT first) FROM news
""")


@dataclass(frozen=True)
class Marks:
    """How far a series is stored; both are None if no row is."""

    newest: pd.Timestamp | None
    frontier: pd.Timestamp | None

    def lie_before(self, staged: Staged) -> bool:
        """Whether every staged row is of a later day and keeps its own `available_at`."""
        first, known_from = staged.first, staged.known_from
        if self.newest is None or self.frontier is None or first is None or known_from is None:
            return True
        return first > self.newest and known_from >= self.frontier


def read_marks(connection: sa.Connection, batch: dict[str, Any]) -> Marks:
    """The marks of the batch's series. The caller holds the lock of the series."""
    table = SCHEMA["observations"].c
    newest = sa.select(sa.func.max(table.observed_at), sa.func.max(table.available_at)).where(
        *(table[column] == batch[column] for column in SeriesKey._fields)
    )
    return Marks(*connection.execute(newest).one())


def insert_new_vintages(
    connection: sa.Connection,
    batch: dict[str, Any],
    staged: Staged,
    marks: Marks,
    moment: pd.Timestamp,
) -> tuple[int, int]:
    """Insert the staged rows that are new; `moment` is now. Returns (days, vintages) added."""
    common = {column: batch[column] for column in (*SeriesKey._fields, "batch_id")}
    common |= {"units": staged.units, "recorded_at": moment}
    if staged.one_a_day and marks.lie_before(staged):
        return int(connection.execute(_APPEND, common).rowcount), 0
    # The statistics of a growing table are old. PostgreSQL would choose a nested loop by them, and
    # that takes quadratic time.
    connection.execute(sa.text("ANALYZE incoming"))
    connection.execute(sa.text("SET LOCAL enable_nestloop = off"))
    counted = connection.execute(
        _MERGE,
        {
            **common,
            "first": staged.first,
            "last": staged.last,
            "newest": marks.newest or "-infinity",
            "frontier": marks.frontier or "-infinity",
        },
    )
    added, revised = counted.one()
    return int(added), int(revised)
