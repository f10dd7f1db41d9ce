"""Reading the quotes that a futures curve is made of."""

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
    """The newest quote of each contract of `market`, of `day` or of up to 30 days before it.

    One row a commodity (a dated contract or a place in a strip) and source: commodity, source,
    unit, observed_at, available_at, value; of the vintages with `available_at <= known_at` the
    last. Older quotes are there so that a contract that was not quoted on the day can be counted.
    """
    dated = [contract.key for contract in tradable_contracts(market, day, _MONTHS_AHEAD)]
    columns = (_TABLE.commodity, _TABLE.source, _TABLE.unit, _TABLE.observed_at,
               _TABLE.available_at, _TABLE.value)  # fmt: skip
    query = (
        sa.select(*columns)
        .ext(distinct_on(_TABLE.commodity, _TABLE.source))
        .where(*_of([*dated, *(place.key for place in strip(market))], known_at, source))
        .where(_TABLE.observed_at <= day, _TABLE.observed_at > day - _LOOK_BACK)
        .order_by(_TABLE.commodity, _TABLE.source, _TABLE.observed_at.desc(),
                  _TABLE.available_at.desc())
    )  # fmt: skip
    with get_read_engine().connect() as connection:
        rows = connection.execute(query).fetchall()
    frame = pd.DataFrame(rows, columns=[column.name for column in columns])
    for name in ("observed_at", "available_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame.astype({"value": float})


def newest_quoted_day(
    market: str, known_at: pd.Timestamp, source: str | None = None
) -> pd.Timestamp | None:
    """The last day for which a contract of `market` is quoted; None if none ever was."""
    conditions = _of(_every_key(market), known_at, source)
    with get_read_engine().connect() as connection:
        newest = connection.scalar(sa.select(sa.func.max(_TABLE.observed_at)).where(*conditions))
    return None if newest is None else to_utc(newest)


def curve_digest(market: str, source: str) -> str:
    """A text that changes with every row stored of the contracts of `market` at a source."""
    query = sa.select(sa.func.count(), sa.func.max(_TABLE.recorded_at))
    with get_read_engine().connect() as connection:
        found = connection.execute(query.where(*_of(_every_key(market), now(), source))).one()
    return "|".join(map(str, found))


def _of(
    keys: list[str], known_at: pd.Timestamp, source: str | None
) -> list[sa.ColumnElement[bool]]:
    conditions = [
        _TABLE.commodity.in_(keys), _TABLE.frequency == "daily", _TABLE.available_at <= known_at,
    ]  # fmt: skip
    return [*conditions, _TABLE.source == source] if source else conditions


def _every_key(market: str) -> list[str]:
    """Spelled out, so that the table's key finds them in any collation."""
    dated = [contract.key for contract in all_contracts(market)]
    return [*dated, *(place.key for place in strip(market))]
