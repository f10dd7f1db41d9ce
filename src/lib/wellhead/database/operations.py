"""How the rest of Wellhead reads the database; the forecasts are in `ledger`, the bars in `bars`.

Every frame is sorted, its timestamps are aware UTC, its prices signed. The modules behind it are
by subject: `prices`, `series`, `query_frames`.
"""

from wellhead.database.prices import get_price_data, get_vintages, read_prices, read_values
from wellhead.database.query_frames import read_table
from wellhead.database.series import (
    freshest_source,
    is_stored,
    newest_stored_day,
    stored_frequencies,
    stored_sources,
    stored_spans,
)

__all__ = [
    "freshest_source",
    "get_price_data",
    "get_vintages",
    "is_stored",
    "newest_stored_day",
    "read_prices",
    "read_table",
    "read_values",
    "stored_frequencies",
    "stored_sources",
    "stored_spans",
]
