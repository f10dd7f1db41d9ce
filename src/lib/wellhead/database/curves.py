"""Reads of the quotes that make up a futures curve."""

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from wellhead.calendars import now, to_utc
from wellhead.catalogue.contracts import all_contracts, tradable_contracts
from wellhead.catalogue.markets import strip
from wellhead.database.schema import SCHEMA
from wellhead.database.server.replica import get_read_engine

_TABLE = SCHEMA["observations"].c
_MONTHS_AHEAD = 120
_LOOK_BACK = pd.Timedelta(days=30)


def contract_quotes(
    market: str, day: pd.Timestamp, known_at: pd.Timestamp, source: str | None = None
) -> pd.DataFrame:
    """The newest quote of each contract of `market`, from `day` or up to 30 days before it.

    One row a commodity (a dated contract or a place in a strip) and source: commodity, source,
    unit, observed_at, available_at, value; the last vintage with `available_at <= known_at`. Older
    quotes are included so that a caller can count contracts without a quote on the day.
    """
    dated = [contract.key for contract in tradable_contracts(market, day, _MONTHS_AHEAD)]
    names = ("commodity", "source", "unit", "observed_at", "available_at", "value")
    order = (_TABLE.observed_at.desc(), _TABLE.available_at.desc())
    query = (
        sa.select(*(_TABLE[name] for name in names))
        .ext(distinct_on(_TABLE.commodity, _TABLE.source))
        .where(*_of([*dated, *(place.key for place in strip(market))], known_at, source))
        .where(_TABLE.observed_at <= day, _TABLE.observed_at > day - _LOOK_BACK)
        .order_by(_TABLE.commodity, _TABLE.source, *order)
    )
    with get_read_engine().connect() as connection:
        rows = connection.execute(query).fetchall()
    frame = pd.DataFrame(rows, columns=list(names))
    for name in ("observed_at", "available_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame.astype({"value": float})


def newest_quoted_day(
    market: str, known_at: pd.Timestamp, source: str | None = None
) -> pd.Timestamp | None:
    """The last day with a quote of any contract of `market`; None if there is none."""
    conditions = _of(_every_key(market), known_at, source)
    with get_read_engine().connect() as connection:
        newest = connection.scalar(sa.select(sa.func.max(_TABLE.observed_at)).where(*conditions))
    return None if newest is None else to_utc(newest)


def curve_digest(market: str, source: str) -> str:
    """A text that changes with every row that is stored of the contracts of `market`."""
    query = sa.select(sa.func.count(), sa.func.max(_TABLE.recorded_at))
    with get_read_engine().connect() as connection:
        row = connection.execute(query.where(*_of(_every_key(market), now(), source))).one()
    return "|".join(map(str, row))


def _of(
    keys: list[str], known_at: pd.Timestamp, source: str | None
) -> list[sa.ColumnElement[bool]]:
    conditions = [
        _TABLE.commodity.in_(keys),
        _TABLE.frequency == "daily",
        _TABLE.available_at <= known_at,
    ]
    return [*conditions, _TABLE.source == source] if source else conditions


def _every_key(market: str) -> list[str]:
    """Each key by name: unlike a prefix, that uses the index in any collation."""
    dated = [contract.key for contract in all_contracts(market)]
    return [*dated, *(place.key for place in strip(market))]
