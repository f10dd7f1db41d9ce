"""Rows of the quarantine as interfaces show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wellhead.database.operations import read_table
from wellhead.ingestion.base import RAW_COLUMNS
from wellhead.workflows.quality.quarantine import BATCH_REFUSED, find_row


@dataclass(frozen=True)
class RowHistory:
    """One row of the quarantine: the row, its rows of `corrections` and of `replays`."""

    row: pd.Series
    corrections: pd.DataFrame
    replays: pd.DataFrame


def row_history(batch_id: str, row_number: int) -> RowHistory:
    """The history of one row. Raises NoDataError, InputError as `find_row`."""
    row = find_row(batch_id, row_number)
    same = {"batch_id": row["batch_id"], "row_number": row_number}
    return RowHistory(row, read_table("corrections", **same), read_table("replays", **same))


def with_refused_in_one_line(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the quarantine; those of a refused batch that no rule caught become one line."""
    faultless = rows["rules"] == BATCH_REFUSED
    same = ["batch_id", "status"]
    counts = rows[faultless].groupby(same)["row"].transform("size")
    refused = rows[faultless].assign(
        row=counts.map(lambda count: {"": f"{count} rows without a fault"}), row_number="…"
    )
    lines = [rows[~faultless], refused.drop_duplicates(same)]
    return pd.concat(lines, ignore_index=True)


def cells_text(row: Mapping[str, Any]) -> str:
    """The cells of a row in the order of RAW_COLUMNS; the database keeps no order."""
    if set(row) <= set(RAW_COLUMNS):
        row = {name: row[name] for name in RAW_COLUMNS if name in row}
    return ", ".join(f"{name}={cell}" if name else cell for name, cell in row.items())
