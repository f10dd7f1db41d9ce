"""Table, view and column, and parts that tables of several modules share."""

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "float", "integer", "boolean", "timestamp", "json"]


@dataclass(frozen=True)
class Column:
    """A column: type, meaning, and unit if it has one; `key`: part of the primary key."""

    name: str
    type: ColumnType
    meaning: str
    unit: str | None = None
    key: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """A table; `grain` says what a row is.

    `updated`: the columns that may change after a row is stored. The writer role may update only
    these; to all other tables it can only add rows.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    updated: tuple[str, ...] = ()


@dataclass(frozen=True)
class View(Table):
    """A view. Its SQL is in a migration or in `database/server/price_views.py`."""


RECORDED_AT = Column("recorded_at", "timestamp", "When the row was stored.", "UTC")
OF_PRICE = "the instrument's unit"
