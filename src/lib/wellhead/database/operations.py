"""Reading the database. Every frame is sorted, its timestamps aware UTC, its prices signed."""

from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on

from wellhead.calendars import DateLike, now, to_utc
from wellhead.commodities import find_instrument
from wellhead.database.engine import get_engine
from wellhead.database.schema import SCHEMA
from wellhead.database.spans import counted_spans, spans
from wellhead.errors import BadDateError, NoDataError
from wellhead.settings import get_settings

_OBSERVATIONS = SCHEMA["observations"]


def get_price_data(
    commodity: str,
    start_date: DateLike,
    end_date: DateLike | None = None,
    as_of: DateLike | None = None,
    *,
    source: str | None = None,
    frequency: str = "daily",
) -> pd.DataFrame:
    """Prices of one commodity as one could have known them at `as_of` (default: now).

    One row a day from `start_date` to `end_date`, both included, sorted by `observed_at`: the
    latest vintage with `available_at <= as_of`. Columns: commodity, source, frequency,
    observed_at, available_at, recorded_at, value, unit, open, high, low, volume. Sources are
    never mixed: without `source`, the one with the newest observation answers.

    Raises UnknownCommodityError, BadDateError, or NoDataError that says what is stored instead.
    """
    key = find_instrument(commodity).key
    start, known_at = to_utc(start_date, name="start_date"), to_utc(as_of or now(), name="as_of")
    end = to_utc(end_date, name="end_date") if end_date is not None else None
    if end is not None and end < start:
        raise BadDateError(f"end_date {end.date()} lies before start_date {start.date()}.")
    chosen = source or _freshest_source(key, frequency)
    vintages = _vintages(key, chosen, frequency, known_at).where(
        _OBSERVATIONS.c.observed_at >= start
    )
    if end is not None:
        vintages = vintages.where(_OBSERVATIONS.c.observed_at <= end)
    prices = _read_series(vintages)[::-1].reset_index(drop=True)
    if prices.empty:
        raise NoDataError(_nothing_between(key, chosen, frequency, start, end, known_at))
    for place, (name, same) in enumerate(_series(key, chosen, frequency).items()):
        prices.insert(place, name, same)  # the same in every row: it need not travel
    return prices


def _series(key: str, source: str, frequency: str) -> dict[str, str]:
    return {"commodity": key, "source": source, "frequency": frequency}


def _vintages(key: str, source: str, frequency: str, known_at: pd.Timestamp) -> sa.Select:  # type: ignore[type-arg]
    """For each day the latest row that was available at `known_at`; the newest day first.

    In this order, which is that of the primary key from its end, PostgreSQL need not sort.
    """
    table = _OBSERVATIONS.c
    told = {**_series(key, source, frequency), "batch_id": None}
    return (
        sa.select(*(column for column in table if column.name not in told))
        .ext(distinct_on(table.observed_at))
        .where(table.commodity == key, table.source == source, table.frequency == frequency)
        .where(table.available_at <= known_at)
        .order_by(table.observed_at.desc(), table.available_at.desc())
    )


def get_vintages(commodity: str, source: str, frequency: str = "daily") -> pd.DataFrame:
    """Every vintage of every day: columns as in `get_price_data`, sorted by both clocks.

    Raises NoDataError if nothing is stored.
    """
    key = find_instrument(commodity).key
    table = _OBSERVATIONS.c
    rows = _read_series(
        sa.select(_OBSERVATIONS)
        .where(table.commodity == key, table.source == source, table.frequency == frequency)
        .order_by(table.observed_at, table.available_at)
    )
    if rows.empty:
        raise NoDataError(_nothing_stored(key, frequency))
    return rows


def stored_spans(source: str | None = None) -> pd.DataFrame:
    """What is stored: commodity, source, frequency, first, last (`observed_at`), rows.

    Rows are counted one by one, a second for ten million: name the `source` if it is one.
    """
    return _read(counted_spans(source))


def is_stored(commodity: str, source: str) -> bool:
    """Whether anything of a commodity is stored from a source, at any frequency."""
    table = _OBSERVATIONS.c
    mine = sa.exists().where(table.commodity == commodity, table.source == source)
    with get_engine().connect() as connection:
        return bool(connection.scalar(sa.select(mine)))


def stored_digest(commodity: str, source: str) -> str:
    """A digest of all stored observations of a commodity at a source; it changes with any."""
    table = _OBSERVATIONS.c
    row = sa.func.concat_ws(
        "|", table.frequency, table.observed_at, table.available_at, table.value, table.open,
        table.high, table.low, table.volume,
    )  # fmt: skip
    in_order = aggregate_order_by(
        sa.literal("\n"), table.frequency, table.observed_at, table.available_at
    )
    text = sa.func.coalesce(sa.func.string_agg(row, in_order), "")
    query = sa.select(sa.func.md5(text)).where(table.commodity == commodity, table.source == source)
    with get_engine().connect() as connection:
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
    with get_engine().connect() as connection:
        return str(connection.scalar(sa.select(sa.func.md5(text)).where(*conditions)))


def read_table(name: str, **equal: Any) -> pd.DataFrame:
    """All rows of a table whose columns equal what is given, in the order of its key."""
    table = SCHEMA[name]
    conditions = [table.c[column] == value for column, value in equal.items()]
    return _read(sa.select(table).where(*conditions).order_by(*table.primary_key.columns))


def read_forecast(
    commodity: str, model: str, version: str, target_kind: str = "daily"
) -> pd.DataFrame:
    """The newest forecast of one model version in the ledger; long; empty if it never made one."""
    ledger = read_table(
        "forecasts",
        commodity=commodity,
        model=model,
        model_version=version,
        target_kind=target_kind,
    )
    newest: pd.DataFrame = ledger[ledger["made_at"] == ledger["made_at"].max()]
    return newest


def _read_series(query: sa.Select) -> pd.DataFrame:  # type: ignore[type-arg]
    """Rows of one series in the order of the primary key.

    PostgreSQL knows how the first column of an index lies in the table, not how a series does: it
    expects it scattered and would rather fetch and sort it, or even compile the query. A series
    lies together.
    """
    with get_engine().connect() as connection:
        connection.execute(sa.text("SET LOCAL enable_sort = off; SET LOCAL jit = off"))
        return _frame(connection, query)


def _read(query: sa.Select | sa.TextualSelect) -> pd.DataFrame:  # type: ignore[type-arg]
    with get_engine().connect() as connection:
        return _frame(connection, query)


def _frame(connection: sa.Connection, query: sa.Select | sa.TextualSelect) -> pd.DataFrame:  # type: ignore[type-arg]
    """A frame made column by column: by rows, pandas would look at every cell."""
    columns = list(query.selected_columns)
    result = connection.execute(query)
    rows = result.cursor.fetchall() if result.cursor else []  # plain tuples: a Row costs as much
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pd.DataFrame(
        {column.name: _cells(column, its) for column, its in zip(columns, cells, strict=True)}
    )


def _cells(column: sa.ColumnElement[Any], cells: tuple[Any, ...]) -> pd.Series:
    if isinstance(column.type, sa.Float):
        return pd.Series(np.array(cells, dtype=float))
    if isinstance(column.type, sa.DateTime):
        moments = pd.DatetimeIndex(list(cells)).as_unit("us")
        return pd.Series(moments if moments.tz else moments.tz_localize("UTC"))  # if all are absent
    return pd.Series(cells, dtype=None if cells else object)


def _freshest_source(key: str, frequency: str) -> str:
    """The source with the newest day; of several, the one that is set, else the last by name."""
    with get_engine().connect() as connection:
        stored = connection.execute(spans(key)).all()
    usual = get_settings().source
    found = [(s.last, s.source == usual, s.source) for s in stored if s.frequency == frequency]
    if not found:
        raise NoDataError(_nothing_stored(key, frequency))
    return str(max(found)[-1])


def _nothing_stored(key: str, frequency: str) -> str:
    return (
        f"no {frequency} observations of {key} are stored. "
        "Load them with `make run`, or `wellhead ingest` for one source."
    )


def _nothing_between(
    key: str,
    source: str,
    frequency: str,
    start: pd.Timestamp,
    end: pd.Timestamp | None,
    known_at: pd.Timestamp,
) -> str:
    span = _read(spans(key)).query("source == @source and frequency == @frequency")
    if span.empty:
        return _nothing_stored(key, frequency)
    until = f"to {end.date()}" if end is not None else "on"
    return (
        f"no {frequency} prices of {key} from {start.date()} {until}, as known at "
        f"{known_at:%Y-%m-%d %H:%M} UTC. Source {source} holds {span['first'].iloc[0].date()} to "
        f"{span['last'].iloc[0].date()}: ask for those days, or load a source that has yours."
    )
