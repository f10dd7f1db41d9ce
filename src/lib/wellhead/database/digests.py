"""Digests of what is stored: where one has changed, what was made of it is made again."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from wellhead.database.operations import read_table
from wellhead.database.schema import SCHEMA
from wellhead.database.server.replica import get_read_engine


def stored_digest(commodity: str, source: str) -> str:
    """A digest of all stored observations of a commodity at a source; it changes with any."""
    table = SCHEMA["observations"].c
    row = sa.func.concat_ws(
        "|", table.frequency, table.observed_at, table.available_at, table.value, table.open,
        table.high, table.low, table.volume,
    )  # fmt: skip
    in_order = aggregate_order_by(
        sa.literal("\n"), table.frequency, table.observed_at, table.available_at
    )
    text = sa.func.coalesce(sa.func.string_agg(row, in_order), "")
    query = sa.select(sa.func.md5(text)).where(table.commodity == commodity, table.source == source)
    with get_read_engine().connect() as connection:
        return str(connection.scalar(query))


def database_identity() -> str:
    """Which database this is: an identifier that its first migration gave it."""
    return str(read_table("identity")["database_id"].iloc[0])


def table_digest(name: str, **equal: Any) -> str:
    """A digest of the keys of a table's rows whose columns equal what is given.

    It changes when a row is added.
    """
    table = SCHEMA[name]
    conditions = [table.c[column] == value for column, value in equal.items()]
    key = sa.func.concat_ws("|", *table.primary_key.columns)
    text = sa.func.coalesce(sa.func.string_agg(key, aggregate_order_by(sa.literal("\n"), key)), "")
    with get_read_engine().connect() as connection:
        return str(connection.scalar(sa.select(sa.func.md5(text)).where(*conditions)))
