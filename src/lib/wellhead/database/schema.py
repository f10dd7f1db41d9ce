"""SQLAlchemy tables made from the descriptions in `wellhead.tables`."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB, TIMESTAMP

from wellhead import tables

_TYPES: dict[tables.ColumnType, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(),
    "float": DOUBLE_PRECISION(),
    "integer": sa.BigInteger(),
    "boolean": sa.Boolean(),
    "timestamp": TIMESTAMP(timezone=True),
    "json": JSONB(),
}

metadata = sa.MetaData()


def _table(described: tables.Table, of: sa.MetaData) -> sa.Table:
    columns = [
        sa.Column(
            column.name,
            _TYPES[column.type],
            primary_key=column.key,
            nullable=column.nullable,
            autoincrement=False,
        )
        for column in described.columns
    ]
    return sa.Table(described.name, of, *columns)


# Views are read like tables; they are kept apart from what migrations are compared with.
_views = sa.MetaData()

SCHEMA = {described.name: _table(described, metadata) for described in tables.TABLES}
VIEWS = {described.name: _table(described, _views) for described in tables.VIEWS}
