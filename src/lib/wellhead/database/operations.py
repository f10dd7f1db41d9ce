"""Reading the database. Every frame is sorted, its timestamps aware UTC, its prices signed."""

from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from wellhead.calendars import DateLike, now, to_utc
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.database.reading import read_query, read_series
from wellhead.database.schema import SCHEMA, VIEWS
from wellhead.database.server.replica import get_read_engine
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
    never mixed: without `source`, the one that had the newest observation at `as_of` answers; name
    it where an answer has to stay the same for ever, for another source may be loaded.

    Raises UnknownCommodityError, BadDateError, or NoDataError that says what is stored instead.
    """
    key = find_instrument(commodity).key
    start, known_at = to_utc(start_date, name="start_date"), to_utc(as_of or now(), name="as_of")
    end = to_utc(end_date, name="end_date") if end_date is not None else None
    if end is not None and end < start:
        raise BadDateError(f"end_date {end.date()} lies before start_date {start.date()}.")
    chosen = source or freshest_source(key, frequency, known_at)
    vintages = _vintages(key, chosen, frequency, known_at).where(
        _OBSERVATIONS.c.observed_at >= start
    )
    if end is not None:
        vintages = vintages.where(_OBSERVATIONS.c.observed_at <= end)
    prices = read_series(vintages)[::-1].reset_index(drop=True)
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


def get_vintages(series: SeriesKey, as_of: DateLike | None = None) -> pd.DataFrame:
    """Every vintage of every day of a series, as known at `as_of` (default: now).

    Columns as in `get_price_data` and batch_id, sorted by both clocks. Raises NoDataError if
    there is none.
    """
    known_at, table = to_utc(as_of or now(), name="as_of"), _OBSERVATIONS.c
    rows = read_series(
        sa.select(_OBSERVATIONS)
        .where(*_of(series), table.available_at <= known_at)
        .order_by(table.observed_at, table.available_at)
    )
    if rows.empty:
        raise NoDataError(_nothing_stored(series.commodity, series.frequency))
    return rows


def _of(series: SeriesKey) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions that choose the rows of a series."""
    return tuple(_OBSERVATIONS.c[name] == value for name, value in series._asdict().items())


def stored_spans(source: str | None = None) -> pd.DataFrame:
    """What is stored: commodity, source, frequency, first, last (`observed_at`), rows.

    Rows are counted one by one, a second for ten million: name the `source` if it is one.
    """
    return read_query(counted_spans(source))


def is_stored(commodity: str, source: str) -> bool:
    """Whether anything of a commodity is stored from a source, at any frequency."""
    table = _OBSERVATIONS.c
    mine = sa.exists().where(table.commodity == commodity, table.source == source)
    with get_read_engine().connect() as connection:
        return bool(connection.scalar(sa.select(mine)))


def newest_stored_day(series: SeriesKey) -> pd.Timestamp | None:
    """The newest `observed_at` of a series, or None if nothing of it is stored."""
    query = sa.select(sa.func.max(_OBSERVATIONS.c.observed_at)).where(*_of(series))
    with get_read_engine().connect() as connection:
        newest = connection.scalar(query)
    return to_utc(newest) if newest else None


def read_table(name: str, **equal: Any) -> pd.DataFrame:
    """All rows of a table or view whose columns equal what is given, in the order of its key."""
    table = (SCHEMA | VIEWS)[name]
    conditions = [table.c[column] == value for column, value in equal.items()]
    return read_query(sa.select(table).where(*conditions).order_by(*table.primary_key.columns))


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


def freshest_source(key: str, frequency: str, known_at: pd.Timestamp) -> str:
    """The source that had the newest day at a moment; of several, the one that is set."""
    with get_read_engine().connect() as connection:
        known = connection.execute(spans(key, known_at)).all()
        stored = known or connection.execute(spans(key)).all()
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
    span = read_query(spans(key)).query("source == @source and frequency == @frequency")
    if span.empty:
        return _nothing_stored(key, frequency)
    until = f"to {end.date()}" if end is not None else "on"
    return (
        f"no {frequency} prices of {key} from {start.date()} {until}, as known at "
        f"{known_at:%Y-%m-%d %H:%M} UTC. Source {source} holds {span['first'].iloc[0].date()} to "
        f"{span['last'].iloc[0].date()}: ask for those days, or load a source that has yours."
    )
