"""Decisions on rows of the quarantine: correct a row, or dismiss it as rightly rejected."""

import getpass
import os
from typing import Any

import pandas as pd

from wellhead.calendars import now
from wellhead.database.server.replica import reading_primary
from wellhead.database.writing import write_rows
from wellhead.errors import InputError, NoDataError
from wellhead.ingestion.base import RAW_COLUMNS
from wellhead.workflows.quality.quarantine import ROW, find_batch, find_row, open_rows


@reading_primary()
def fix(batch_id: str, row_number: int, changes: dict[str, str], reason: str) -> dict[str, Any]:
    """Record the right cells of a row; a replay stores them. The row itself stays as it is.

    Raises InputError for a cell that no row has, NoDataError if there is no such row.
    """
    if not changes or set(changes) - set(RAW_COLUMNS):
        raise InputError(f"a fix sets one or more of {', '.join(RAW_COLUMNS)}: --set value=71.2.")
    return _decide([find_row(batch_id, row_number)], "fix", changes, reason)[0]


@reading_primary()
def dismiss(
    batch_id: str, row_number: int | None, reason: str, rule: str | None = None
) -> list[dict[str, Any]]:
    """Close a row as rightly rejected; without a number, all rows of the batch that `rule` caught.

    Raises NoDataError if there is no such row, InputError if neither row nor rule is named.
    """
    if row_number is not None:
        return _decide([find_row(batch_id, row_number)], "dismiss", {}, reason)
    if rule is None:
        raise InputError("name the row to dismiss, or with --rule all rows that a rule caught.")
    rows = open_rows(rule=rule)
    rows = rows[rows["batch_id"] == find_batch(batch_id)]
    if rows.empty:
        raise NoDataError(f"batch {batch_id} has no open row that rule {rule} caught.")
    return _decide([row for _, row in rows.iterrows()], "dismiss", {}, reason)


def _decide(
    rows: list[pd.Series], decision: str, changes: dict[str, str], reason: str
) -> list[dict[str, Any]]:
    """Record one decision on each row. Raises InputError for a settled row or an empty reason."""
    if not reason.strip():
        raise InputError("a decision needs its reason: --reason TEXT.")
    if settled := [row for row in rows if row["status"] in ("stored", "superseded")]:
        row = settled[0]
        raise InputError(
            f"row {row['row_number']} of batch {row['batch_id']} is settled: {row['status']}."
        )
    shared = {"decided_at": now(), "decision": decision, "changes": changes}
    shared |= {"reason": reason.strip(), "decided_by": _user()}
    decided = [{**row[ROW].to_dict(), **shared} for row in rows]
    write_rows("corrections", pd.DataFrame(decided))
    return decided


def _user() -> str:
    """The operating system's name of the user; a user in a container may have only a number."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"
