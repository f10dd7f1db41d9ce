"""Reads of analyses, as they were known at a moment."""

from collections.abc import Sequence

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from wellhead.database.query_frames import Row, read_rows
from wellhead.database.schema import SCHEMA

_ANALYSES = SCHEMA["analyses"]


def newest_analyses(
    known_at: pd.Timestamp,
    *,
    commodity: str | None = None,
    kind: str | None = None,
    source: str | None = None,
) -> Sequence[Row]:
    """The newest analysis of each (commodity, kind) that was known by `known_at`.

    Rows of table `analyses` in the order of both; of one commodity, kind or source, or of all.
    """
    of = _ANALYSES.c
    given = ((of.commodity, commodity), (of.kind, kind), (of.source, source))
    conditions = [column == value for column, value in given if value is not None]
    query = (
        sa.select(_ANALYSES)
        .ext(distinct_on(of.commodity, of.kind))
        .where(of.known_at <= known_at, *conditions)
        .order_by(of.commodity, of.kind, of.known_at.desc(), of.recorded_at.desc())
    )
    return read_rows(query)
