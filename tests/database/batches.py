"""Batches for tests: rows of WTI, with their clocks."""

import uuid
from typing import Any

import pandas as pd

from wellhead.calendars import now

DAYS = pd.bdate_range("2020-04-15", periods=6, tz="UTC")
VALUES = [19.96, 19.82, 18.31, -36.98, 8.91, 13.64]
NOTHING = pd.DataFrame()


def batch(rows: int = 0, source: str = "test") -> dict[str, Any]:
    """A row of table `batches`, before its counts."""
    return {
        "batch_id": uuid.uuid4().hex,
        "commodity": "WTI",
        "source": source,
        "frequency": "daily",
        "fetched_at": now(),
        "accepted": True,
        "quality_score": 1.0,
        "rows_received": rows,
        "rows_missing": 0,
        "rows_quarantined": 0,
        "rules": {},
    }


def observations(
    values: list[float],
    days: pd.DatetimeIndex = DAYS,
    known: pd.DatetimeIndex | None = None,
    source: str = "test",
) -> pd.DataFrame:
    """Rows of WTI; known at 23:00 of their day, or at `known`."""
    return pd.DataFrame(
        {
            "commodity": "WTI",
            "source": source,
            "frequency": "daily",
            "observed_at": days,
            "available_at": days + pd.Timedelta(hours=23) if known is None else known,
            "value": values,
            "unit": "USD/bbl",
            "open": None,
            "high": None,
            "low": None,
            "volume": None,
        }
    )


def series(rows: int, source: str = "test") -> pd.DataFrame:
    """A long series with one row an hour, as dates are limited to a few centuries."""
    hours = pd.date_range("1990-01-01", periods=rows, freq="h", tz="UTC").as_unit("us")
    return observations([float(i % 97) - 36.98 for i in range(rows)], hours, source=source)
