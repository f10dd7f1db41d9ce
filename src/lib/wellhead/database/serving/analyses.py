"""Analyses: store one, and read those that were known at a moment."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from wellhead.database.engine import get_engine
from wellhead.database.query_frames import Row, read_rows
from wellhead.database.schema import SCHEMA
from wellhead.database.writing import write_rows

_ANALYSES = SCHEMA["analyses"]
_OF = ("commodity", "kind", "source", "known_at")
_CONTENT = ("code_version", "last_observed_at", "summary", "result")


def write_analysis(analysis: Mapping[str, Any]) -> bool:
    """Store an analysis, unless the newest from the same moment says the same.

    `analysis`: a row of the table without `recorded_at`. Returns whether it is new.
    """
    newest = (
        sa.select(*(_ANALYSES.c[name] for name in _CONTENT))
        .where(*(_ANALYSES.c[name] == analysis[name] for name in _OF))
        .order_by(_ANALYSES.c.recorded_at.desc())
        .limit(1)
    )
    with get_engine().connect() as connection:
        stored = connection.execute(newest).first()
    if stored is not None and tuple(stored) == tuple(analysis[name] for name in _CONTENT):
        return False
    return bool(write_rows("analyses", pd.DataFrame([analysis])))


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
