"""Which rows of a batch say something new, and from when on: one statement a batch.

Two marks of a series decide. Its *newest day* is the latest `observed_at` that is stored, its
*frontier* the latest `available_at`: the store claims to hold what was known until then, so an
answer pinned to a moment before the frontier may never change. Hence a row keeps the
`available_at` it comes with only if nothing before the frontier can show it:

- a day after the newest day, known at the frontier or later;
- a further vintage of a stored day, known after the frontier.

Every other row comes late. It becomes available from the moment of writing, and of a day's late
vintages only the last one counts: the earlier ones were history before anybody here could know.
The rows of a day follow one another in the order of `available_at`, behind what is stored last,
and one that repeats its forerunner adds nothing.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from wellhead.database.schema import SCHEMA
from wellhead.database.staging import Staged

_SERIES = ("commodity", "source", "frequency")

# Rows of days that are all new, each day once: nothing to compare them with.
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

# `latest`: what is stored last for each day, read along the primary key from its end, unsorted.
# `judged`: the rows with it, whether they keep their clock, and when their successor was known.
# `linked`: those that count, each with its forerunner: the row of its day before it, or `latest`.
# Rows of the same moment are one vintage; the last that was written stands (`ctid` is the order).
_WEAVE = sa.text("""
WITH latest AS (
    SELECT DISTINCT ON (observed_at)
        observed_at, available_at, value, unit, open, high, low, volume
    FROM observations
    WHERE commodity = :commodity AND source = :source AND frequency = :frequency
        AND observed_at BETWEEN :first AND :last
    ORDER BY observed_at DESC, available_at DESC
), judged AS (
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
    FROM judged
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
    """How far a series goes: both None if nothing is stored."""

    newest: pd.Timestamp | None
    frontier: pd.Timestamp | None

    def lie_before(self, staged: Staged) -> bool:
        """Whether all that was staged is of later days, and keeps the clock it came with."""
        first, known_from = staged.first, staged.known_from
        if self.newest is None or self.frontier is None or first is None or known_from is None:
            return True
        return first > self.newest and known_from >= self.frontier


def read_marks(connection: sa.Connection, batch: dict[str, Any]) -> Marks:
    """The marks of the batch's series. The caller holds its lock."""
    table = SCHEMA["observations"].c
    newest = sa.select(sa.func.max(table.observed_at), sa.func.max(table.available_at)).where(
        *(table[column] == batch[column] for column in _SERIES)
    )
    return Marks(*connection.execute(newest).one())


def insert_news(
    connection: sa.Connection,
    batch: dict[str, Any],
    staged: Staged,
    marks: Marks,
    moment: pd.Timestamp,
) -> tuple[int, int]:
    """Insert what the staged rows add; `moment` is now. Returns (days added, vintages added)."""
    common = {column: batch[column] for column in (*_SERIES, "batch_id")}
    common |= {"units": staged.units, "recorded_at": moment}
    if staged.one_a_day and marks.lie_before(staged):
        return int(connection.execute(_APPEND, common).rowcount), 0
    # Statistics of a growing table lag behind: a nested loop then looks cheap, and is quadratic.
    connection.execute(sa.text("ANALYZE incoming"))
    connection.execute(sa.text("SET LOCAL enable_nestloop = off"))
    found = connection.execute(
        _WEAVE,
        {
            **common,
            "first": staged.first,
            "last": staged.last,
            "newest": marks.newest or "-infinity",
            "frontier": marks.frontier or "-infinity",
        },
    )
    added, revised = found.one()
    return int(added), int(revised)
