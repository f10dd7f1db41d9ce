"""Send the rows of a batch to a temporary table, from which one statement stores them.

Columns with one value for the whole batch are not sent, and units are sent as numbers. The rest
goes in slices, so that memory does not grow with the number of rows. The default transport is COPY
in PostgreSQL's binary format, which NumPy writes without a loop over rows. A server that takes no
COPY gets the same slices as array parameters (`DATABASE_BULK=rows`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, TIMESTAMP

from wellhead.catalogue.series import SeriesKey
from wellhead.database.bulk_insert import slices, unnest
from wellhead.database.engine import failed
from wellhead.settings import get_settings

CLOCKS = ("observed_at", "available_at")
NUMBERS = ("value", "open", "high", "low", "volume")

# A missing number is sent as NaN, which no stored number can be; the unit is a place in a list.
_INCOMING = sa.Table(
    "incoming",
    sa.MetaData(),
    *(sa.Column(name, TIMESTAMP(timezone=True)) for name in CLOCKS),
    *(sa.Column(name, DOUBLE_PRECISION()) for name in NUMBERS),
    sa.Column("unit", sa.Integer()),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)

_SLICE = 50_000
_POSTGRES_EPOCH = 946_684_800_000_000  # 2000-01-01 in microseconds since 1970
_COPY = "COPY incoming FROM STDIN (FORMAT BINARY)"
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
# A row of the binary format: the number of fields, then the length and the value of each.
_FIELDS = (
    *((name, ">i8") for name in CLOCKS),
    *((name, ">f8") for name in NUMBERS),
    ("unit", ">i4"),
)
_SIZED = ([(f"{name}_bytes", ">i4"), (name, dtype)] for name, dtype in _FIELDS)
_ROW = np.dtype([("fields", ">i2"), *chain.from_iterable(_SIZED)])


@dataclass
class Staged:
    """Facts about the rows of a batch, gathered while they are sent."""

    rows: int = 0
    first: pd.Timestamp | None = None
    """The earliest and latest day (`observed_at`)."""
    last: pd.Timestamp | None = None
    known_from: pd.Timestamp | None = None
    """The earliest `available_at`."""
    one_a_day: bool = True
    """Whether the days are in order and each occurs once; if not, a day may have vintages."""
    units: list[str] = field(default_factory=list)


def stage(connection: sa.Connection, batch: dict[str, Any], rows: pd.DataFrame) -> Staged:
    """Send a batch's rows to the temporary table `incoming` of the caller's transaction.

    Raises ValueError if a row is of another series than the batch or lacks one of its clocks,
    StorageError if the server goes away or takes no COPY.
    """
    _INCOMING.create(connection, checkfirst=False)
    staged = Staged()
    parts = _parts(batch, rows, staged)
    if get_settings().database_bulk == "copy":
        _copy(connection, parts)
    else:
        for part in parts:
            _insert(connection, part)
    return staged


def _parts(batch: dict[str, Any], rows: pd.DataFrame, staged: Staged) -> Iterator[pd.DataFrame]:
    """The frame's slices: checked, with their types, their facts added to `staged`."""
    for first in range(0, len(rows), _SLICE):
        part = rows.iloc[first : first + _SLICE]
        _check_series(batch, part)
        typed = _typed(part, staged.units)
        _note(staged, typed)
        yield typed


def _check_series(batch: dict[str, Any], part: pd.DataFrame) -> None:
    for name in SeriesKey._fields:
        others = part.loc[part[name] != batch[name], name]
        if not others.empty:
            raise ValueError(
                f"a batch of {name} {batch[name]!r} holds a row of {others.iloc[0]!r}: "
                "write each series as a batch of its own."
            )


def _typed(part: pd.DataFrame, units: list[str]) -> pd.DataFrame:
    """The columns that are sent: clocks as microseconds UTC, numbers with NaN, units as places."""
    clocks = {name: pd.to_datetime(part[name], utc=True).dt.as_unit("us") for name in CLOCKS}
    for name, moments in clocks.items():
        if moments.isna().any():
            raise ValueError(f"a row of the batch has no {name}: every value needs its clocks.")
    numbers = {name: part[name].astype(float) if name in part else float("nan") for name in NUMBERS}
    return pd.DataFrame({**clocks, **numbers, "unit": _places(part["unit"], units)})


def _places(column: pd.Series, units: list[str]) -> np.ndarray[Any, Any]:
    """For each row the place of its unit in `units`, from 1 on; 0 where it is missing."""
    codes, distinct = pd.factorize(column)
    units += [unit for unit in distinct if unit not in units]
    places = np.array([units.index(unit) + 1 for unit in distinct] + [0], dtype=np.int32)
    return places[codes]


def _note(staged: Staged, part: pd.DataFrame) -> None:
    days, known = part["observed_at"], part["available_at"].min()
    follows = staged.last is None or days.iloc[0] > staged.last
    staged.one_a_day &= bool(follows and days.is_monotonic_increasing and days.is_unique)
    staged.first = min(days.min(), staged.first or days.min())
    staged.last = max(days.max(), staged.last or days.max())
    staged.known_from = min(known, staged.known_from or known)
    staged.rows += len(part)


def _copy(connection: sa.Connection, parts: Iterator[pd.DataFrame]) -> None:
    """Stream the slices by COPY. Its errors bypass SQLAlchemy, so they are mapped here."""
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.write(_HEADER)
            for part in parts:
                copy.write(_packed(part))
            copy.write(_TRAILER)
    except psycopg.Error as error:
        raise failed(error, "If the server takes no COPY, set DATABASE_BULK=rows.") from error


def _packed(part: pd.DataFrame) -> bytes:
    """The rows as bytes in COPY's binary format."""
    packed = np.empty(len(part), dtype=_ROW)
    packed["fields"] = len(_FIELDS)
    for name, dtype in _FIELDS:
        packed[f"{name}_bytes"] = np.dtype(dtype).itemsize
        values = part[name]
        packed[name] = values.astype("int64") - _POSTGRES_EPOCH if name in CLOCKS else values
    return packed.tobytes()


def _insert(connection: sa.Connection, part: pd.DataFrame) -> None:
    columns = list(_INCOMING.c)
    for rows in slices(part):
        incoming = unnest(rows, columns)
        connection.execute(sa.insert(_INCOMING).from_select(columns, sa.select(*incoming.c)))
