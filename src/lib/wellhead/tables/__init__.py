"""Descriptions of the tables, from which the schema and the data dictionary are generated.

Rows have three clocks: `observed_at` (the day of the value), `available_at` (from when on it could
be known) and `recorded_at` (when Wellhead stored it). A revision is a new row with a later
`available_at`; an ingest never changes or removes a row.
"""

from wellhead.tables.forecasts import (
    BENCHMARK,
    FORECASTS,
    LEADERBOARD,
    LEDGER,
    OUTLOOKS,
    PROMOTIONS,
    QUANTILES,
    SCORES,
    STATISTICS,
    TRACK_RECORDS,
)
from wellhead.tables.market import ANALYSES
from wellhead.tables.prices import (
    BATCHES,
    CORRECTIONS,
    OBSERVATIONS,
    PRICES_DAILY,
    PRICES_MONTHLY,
    PRICES_WEEKLY,
    QUARANTINE,
    REPLAYS,
    SOURCE_QUALITY,
)
from wellhead.tables.shapes import ColumnType, Table, View
from wellhead.tables.workbench import API_KEYS, IDENTITY, PIPELINE_RUNS

__all__ = [
    "BENCHMARK",
    "IDENTITY",
    "QUANTILES",
    "STATISTICS",
    "TABLES",
    "VIEWS",
    "ColumnType",
    "Table",
    "View",
]

TABLES = (
    OBSERVATIONS,
    BATCHES,
    QUARANTINE,
    CORRECTIONS,
    REPLAYS,
    LEDGER,
    OUTLOOKS,
    LEADERBOARD,
    PROMOTIONS,
    TRACK_RECORDS,
    ANALYSES,
    PIPELINE_RUNS,
    API_KEYS,
    IDENTITY,
)
VIEWS = (PRICES_DAILY, PRICES_WEEKLY, PRICES_MONTHLY, SOURCE_QUALITY, FORECASTS, SCORES)
