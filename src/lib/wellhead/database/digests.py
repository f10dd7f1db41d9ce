"""Digests of stored data: a task runs again when a digest of its input has changed."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from wellhead.database.query_frames import read_table
from wellhead.database.schema import SCHEMA
from wellhead.database.server.replica import get_read_engine


def stored_digest(commodity: str, source: str) -> str:
    """A digest of every stored observation of a commodity from a source."""
    table = SCHEMA["observations"].c
    values = (table.value, table.open, table.high, table.low, table.volume)
    row = sa.func.concat_ws("|", table.frequency, table.observed_at, table.available_at, *values)
    in_order = aggregate_order_by(
        sa.literal("\n"), table.frequency, table.observed_at, table.available_at
    )
    text = sa.func.coalesce(sa.func.string_agg(row, in_order), "")
    query = sa.select(sa.func.md5(text)).where(table.commodity == commodity, table.source == source)
    with get_read_engine().connect() as connection:
        return str(connection.scalar(query))


def database_identity() -> str:
    """The identifier that the first migration gave this database."""
    return str(read_table("identity")["database_id"].iloc[0])


def table_digest(name: str, **equal: Any) -> str:
    """A digest of the keys of a table's rows; it changes when a row is added.

    `equal`: columns and their values.
    """
    table = SCHEMA[name]
    conditions = [table.c[column] == value for column, value in equal.items()]
    key = sa.func.concat_ws("|", *table.primary_key.columns)
    text = sa.func.coalesce(sa.func.string_agg(key, aggregate_order_by(sa.literal("\n"), key)), "")
    with get_read_engine().connect() as connection:
        return str(connection.scalar(sa.select(sa.func.md5(text)).where(*conditions)))
