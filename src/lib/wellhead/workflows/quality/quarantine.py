"""The quarantine: its rows, and which of them are open.

A row is open until a replay stores it or a person dismisses it. A source that has not been
corrected sends the same row with every load. It is shown once, and one decision settles all copies.
"""

import json
from typing import Any

import pandas as pd

from wellhead.database.operations import read_table
from wellhead.errors import InputError, NoDataError
from wellhead.validation.gate import ValidationResult

BATCH_REFUSED = "batch-refused"
"""The rule of rows that no rule caught, in a batch that was refused as a whole."""
ROW = ["batch_id", "row_number"]
"""The columns that name a row."""
# Rows with these in common are copies, at any place of their answers. `nth` distinguishes the rows
# of an answer that has the same row twice.
_SAME = ["commodity", "source", "frequency", "content", "nth"]


def caught_with_batch(result: ValidationResult) -> pd.DataFrame:
    """All rows of a refused batch: those that a rule caught, the others under BATCH_REFUSED."""
    passed = pd.DataFrame({"row_number": result.passed.index, "rule": BATCH_REFUSED})
    return pd.concat([result.caught, passed], ignore_index=True)


def is_kept(rows: pd.DataFrame, batch: dict[str, Any]) -> bool:
    """Whether the quarantine already keeps this refused answer, from an earlier load.

    `rows` are the quarantine rows of the whole answer.
    """
    stored = read_table("quarantine", commodity=batch["commodity"], source=batch["source"])
    refused = stored.loc[stored["rule"] == BATCH_REFUSED, "batch_id"].unique()
    answers = stored[stored["batch_id"].isin(refused)].groupby("batch_id")
    return any(_contents(kept) == _contents(rows) for _, kept in answers)


def _contents(rows: pd.DataFrame) -> list[str]:
    return sorted(rows["rule"] + rows["row"].map(_content))


def _content(row: dict[str, str]) -> str:
    return json.dumps(row, sort_keys=True)


def quarantine(
    commodity: str | None = None, source: str | None = None, rule: str | None = None
) -> pd.DataFrame:
    """The rows of the quarantine, newest batch first; of one commodity, source or rule if given.

    One row a (batch_id, row_number): rules, commodity, source, frequency, fetched_at, accepted
    (whether its batch was), row (as the source wrote it), changes and reason (of the newest
    decision), status ('open', 'corrected', 'dismissed', 'stored' or 'superseded') and content. A
    row that is settled in one batch is settled in every batch that has a copy.
    """
    equal = {"commodity": commodity, "source": source}
    stored = read_table("quarantine", **{name: key for name, key in equal.items() if key})
    batches = read_table("batches")[["batch_id", "frequency", "fetched_at", "accepted"]]
    decisions = read_table("corrections").drop_duplicates(ROW, keep="last")
    replays = read_table("replays").drop_duplicates(ROW, keep="last")
    rows = (
        _one_line_a_row(stored)
        .merge(batches, on="batch_id")
        .merge(decisions[[*ROW, "decision", "changes", "reason"]], on=ROW, how="left")
        .merge(replays[[*ROW, "outcome"]], on=ROW, how="left")
        .sort_values(["fetched_at", "row_number"], ascending=[False, True])
    )
    chosen = rows["rules"].str.split(", ").map(lambda names: rule is None or rule in names)
    return _with_status(rows)[chosen.astype(bool)].reset_index(drop=True)


def open_rows(
    commodity: str | None = None, source: str | None = None, rule: str | None = None
) -> pd.DataFrame:
    """The rows that wait for a decision or a replay; of copies the corrected or the newest one.

    Columns as of `quarantine`, and `copies`: the number of loads with the same row. A refused batch
    is validated as a whole, so all its rows are here, with or without copies in other loads.
    """
    rows = quarantine(commodity, source, rule)
    rows = rows[rows["status"].isin(["open", "corrected"])]
    whole = rows["batch_id"].where(~rows["accepted"].astype(bool), "")
    same = [*(rows[name] for name in _SAME), whole]
    rows = rows.assign(copies=rows["batch_id"].groupby(same).transform("nunique"), whole=whole)
    corrected_first = rows.sort_values(
        "status", key=lambda status: status != "corrected", kind="stable"
    )
    one_each = corrected_first.drop_duplicates([*_SAME, "whole"])
    return one_each.drop(columns="whole").sort_index(ignore_index=True)


def find_batch(beginning: str) -> str:
    """The batch in quarantine whose identifier begins with `beginning`.

    Raises NoDataError if there is none, InputError if there are several.
    """
    batches = {str(key) for key in read_table("quarantine")["batch_id"]}
    matching = [key for key in batches if key.startswith(beginning)]
    if not matching:
        raise NoDataError(
            f"the quarantine has no row of batch {beginning}. "
            "`wellhead quarantine list` shows its rows."
        )
    if len(matching) > 1:
        raise InputError(
            f"the identifiers of {len(matching)} batches begin with {beginning!r}: write more of "
            "the identifier."
        )
    return matching[0]


def find_row(batch_id: str, row_number: int) -> pd.Series:
    """One row of the quarantine; the beginning of the batch's identifier is enough.

    Raises NoDataError if there is none, InputError if the beginning fits several batches.
    """
    rows, batch = quarantine(), find_batch(batch_id)
    matching = rows[(rows["batch_id"] == batch) & (rows["row_number"] == row_number)]
    if matching.empty:
        raise NoDataError(
            f"the quarantine has no row {row_number} of batch {batch_id}. "
            "`wellhead quarantine list` shows its rows."
        )
    return matching.iloc[0]


def _one_line_a_row(stored: pd.DataFrame) -> pd.DataFrame:
    """Rows of table `quarantine`, the rules of a row in one cell, with content and nth."""
    rules = stored.groupby(ROW)["rule"].agg(", ".join).rename("rules").reset_index()
    rows = stored.drop_duplicates(ROW).drop(columns=["rule", "recorded_at"]).merge(rules, on=ROW)
    rows = rows.assign(content=rows["row"].map(_content)).sort_values(ROW)
    return rows.assign(nth=rows.groupby(["batch_id", "content"]).cumcount())


def _with_status(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with their status; a copy of a settled row is settled with it."""
    decided = rows["decision"].map({"fix": "corrected", "dismiss": "dismissed"})
    status = rows["outcome"].fillna(decided).fillna("open")
    settled = status.where(~status.isin(["open", "corrected"]))
    of_copies = settled.groupby([rows[name] for name in _SAME]).transform("first")
    return rows.assign(status=of_copies.fillna(status))
