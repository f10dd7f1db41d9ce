"""Which series are stored, asked of the primary key's index by jumps.

The index is sorted by series, so the next series is one look-up away from the one before, and its
first and last day are one look-up each: the cost is that of the series, not of their rows. Only
counting rows reads them all, which is why it is asked for by itself.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

_SPANS = sa.text("""
WITH RECURSIVE series AS (
    (
        SELECT source, frequency FROM observations WHERE commodity = :commodity
        ORDER BY source, frequency LIMIT 1
    )
    UNION ALL
    SELECT following.* FROM series AS s, LATERAL (
        SELECT source, frequency FROM observations AS o
        WHERE o.commodity = :commodity AND (o.source, o.frequency) > (s.source, s.frequency)
        ORDER BY source, frequency LIMIT 1
    ) AS following
)
SELECT CAST(:commodity AS text) AS commodity, source, frequency, first, last
FROM series AS s, LATERAL (
    SELECT min(observed_at) AS first, max(observed_at) AS last FROM observations AS o
    WHERE o.commodity = :commodity AND o.source = s.source AND o.frequency = s.frequency
      AND available_at <= CAST(:known_at AS timestamptz)
) AS span
WHERE last IS NOT NULL
ORDER BY source, frequency
""")

_COUNTED = sa.text("""
WITH RECURSIVE series AS (
    (
        SELECT commodity, source, frequency FROM observations
        ORDER BY commodity, source, frequency LIMIT 1
    )
    UNION ALL
    SELECT following.* FROM series AS s, LATERAL (
        SELECT commodity, source, frequency FROM observations AS o
        WHERE (o.commodity, o.source, o.frequency) > (s.commodity, s.source, s.frequency)
        ORDER BY commodity, source, frequency LIMIT 1
    ) AS following
)
SELECT commodity, source, frequency, first, last, rows FROM series AS s, LATERAL (
    SELECT min(observed_at) AS first, max(observed_at) AS last, count(*) AS rows
    FROM observations AS o
    WHERE (o.commodity, o.source, o.frequency) = (s.commodity, s.source, s.frequency)
) AS span
WHERE CAST(:source AS text) IS NULL OR source = :source
ORDER BY commodity, source, frequency
""")

_TEXTS = tuple(sa.column(name, sa.Text()) for name in ("commodity", "source", "frequency"))
_DAYS = tuple(sa.column(name, TIMESTAMP(timezone=True)) for name in ("first", "last"))


def spans(commodity: str, known_at: datetime | str = "infinity") -> sa.TextualSelect:
    """The series of a commodity: commodity, source, frequency, first, last (`observed_at`).

    Of what one could have known at `known_at` alone.
    """
    return _SPANS.bindparams(commodity=commodity, known_at=known_at).columns(*_TEXTS, *_DAYS)


def counted_spans(source: str | None) -> sa.TextualSelect:
    """The series of a source (None: of all) with their rows, each vintage counted."""
    rows = sa.column("rows", sa.BigInteger())
    return _COUNTED.bindparams(source=source).columns(*_TEXTS, *_DAYS, rows)
