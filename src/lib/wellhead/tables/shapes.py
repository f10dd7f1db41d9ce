"""What a table and a column are, and the parts that tables of several modules share."""

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "float", "integer", "boolean", "timestamp", "json"]


@dataclass(frozen=True)
class Column:
    """One column: type, meaning, unit where it has one; `key` puts it in the primary key."""

    name: str
    type: ColumnType
    meaning: str
    unit: str | None = None
    key: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One table; `grain` says what a row is.

    `updated` are the columns that change after a row is stored; of all other tables and columns
    even the role that writes may only add rows.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    updated: tuple[str, ...] = ()


@dataclass(frozen=True)
class View(Table):
    """A view: made from tables whenever it is read. Its SQL stands in the migration."""


RECORDED_AT = Column("recorded_at", "timestamp", "When the row was stored.", "UTC")
OF_PRICE = "the instrument's unit"
