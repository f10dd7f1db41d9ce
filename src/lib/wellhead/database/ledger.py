"""Reading the ledger: what was said, as it was said first."""

from collections.abc import Sequence

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from wellhead.database.reading import read_query
from wellhead.database.schema import SCHEMA

_TOLD = (
    "commodity", "target_kind", "model", "source", "made_at", "last_observed_at", "horizon",
    "target_at", "statistic", "value", "recorded_at",
)  # fmt: skip


def read_ledger(
    commodity: str, target_kind: str, source: str, horizons: Sequence[int]
) -> pd.DataFrame:
    """Every forecast of a target from the prices of a source, at `horizons`; long.

    One row a (model, made_at, target_at, statistic), in this order, with the columns that say what
    was forecast when. Where several versions of a model forecast from the same prices, the one
    recorded first counts: what is said later may have been said with hindsight.
    """
    ledger = SCHEMA["forecasts"].c
    one = (ledger.model, ledger.made_at, ledger.target_at, ledger.statistic)
    return read_query(
        sa.select(*(ledger[name] for name in _TOLD))
        .ext(distinct_on(*one))
        .where(ledger.commodity == commodity, ledger.target_kind == target_kind)
        .where(ledger.source == source, ledger.horizon.in_(list(horizons)))
        .order_by(*one, ledger.recorded_at)
    )
