"""Verb: the quarantine: what is in it, and what of that is open.

A row is open until it is stored by a replay or dismissed. The same row comes back with every load
of a source that has not been corrected; it is shown once, and one decision settles all its copies.
"""

import json
from dataclasses import replace
from typing import Any

import pandas as pd

from wellhead.database.operations import read_table
from wellhead.errors import InputError, NoDataError
from wellhead.validation.gate import ValidationResult

BATCH_REFUSED = "batch-refused"
"""The rule of rows that no rule caught: they came with a batch that was refused whole."""
ROW = ["batch_id", "row_number"]
"""What names a row."""
# A row is the same wherever it stands in an answer; one that an answer holds twice is two.
_SAME = ["commodity", "source", "frequency", "content", "nth"]


def with_the_rest(result: ValidationResult) -> ValidationResult:
    """The result on a refused batch with every passing row caught as well, by BATCH_REFUSED."""
    rest = pd.DataFrame({"row_number": result.passed.index, "rule": BATCH_REFUSED})
    return replace(result, caught=pd.concat([result.caught, rest], ignore_index=True))


def is_kept(rows: pd.DataFrame, batch: dict[str, Any]) -> bool:
    """Whether the quarantine keeps this refused answer already: asking again brings it again.

    `rows` are the quarantine rows of the whole answer.
    """
    aside = read_table("quarantine", commodity=batch["commodity"], source=batch["source"])
    refused = aside.loc[aside["rule"] == BATCH_REFUSED, "batch_id"].unique()
    answers = aside[aside["batch_id"].isin(refused)].groupby("batch_id")
    return any(_contents(kept) == _contents(rows) for _, kept in answers)


def _contents(rows: pd.DataFrame) -> list[str]:
    return sorted(rows["rule"] + rows["row"].map(_content))


def _content(row: dict[str, str]) -> str:
    return json.dumps(row, sort_keys=True)


def quarantine(
    commodity: str | None = None, source: str | None = None, rule: str | None = None
) -> pd.DataFrame:
    """The quarantine row by row, newest batch first.

    One row a (batch_id, row_number): rules, commodity, source, frequency, fetched_at, accepted
    (whether its batch was), row (as it came), changes and reason (of the newest decision), status
    ('open', 'corrected', 'dismissed', 'stored' or 'superseded') and content. A row settled in one
    batch is settled in all that brought the same.
    """
    equal = {"commodity": commodity, "source": source}
    aside = read_table("quarantine", **{name: key for name, key in equal.items() if key})
    batches = read_table("batches")[["batch_id", "frequency", "fetched_at", "accepted"]]
    decided = read_table("corrections").drop_duplicates(ROW, keep="last")
    tried = read_table("replays").drop_duplicates(ROW, keep="last")
    rows = (
        _one_a_row(aside)
        .merge(batches, on="batch_id")
        .merge(decided[[*ROW, "decision", "changes", "reason"]], on=ROW, how="left")
        .merge(tried[[*ROW, "outcome"]], on=ROW, how="left")
        .sort_values(["fetched_at", "row_number"], ascending=[False, True])
    )
    chosen = rows["rules"].str.split(", ").map(lambda names: rule is None or rule in names)
    return _with_status(rows)[chosen.astype(bool)].reset_index(drop=True)


def open_rows(
    commodity: str | None = None, source: str | None = None, rule: str | None = None
) -> pd.DataFrame:
    """What waits for a decision or a replay: of copies one, the corrected or the newest.

    Columns as of `quarantine`, and `copies`: the loads that brought the same row. A refused batch
    is judged as a whole, so its rows are all here, whatever other loads have brought.
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
    """The batch with rows in quarantine whose identifier begins so.

    Raises NoDataError if there is none, InputError if the beginning fits several.
    """
    batches = {str(key) for key in read_table("quarantine")["batch_id"]}
    found = [key for key in batches if key.startswith(beginning)]
    if not found:
        raise NoDataError(
            f"the quarantine has no row of batch {beginning}. "
            "`wellhead quarantine list` shows what it has."
        )
    if len(found) > 1:
        raise InputError(f"batch {beginning!r} is one of several: write more of its identifier.")
    return found[0]


def find_row(batch_id: str, row_number: int) -> pd.Series:
    """One row of the quarantine; a batch may be named by the beginning of its identifier.

    Raises NoDataError if there is none, InputError if the beginning fits several batches.
    """
    rows, batch = quarantine(), find_batch(batch_id)
    found = rows[(rows["batch_id"] == batch) & (rows["row_number"] == row_number)]
    if found.empty:
        raise NoDataError(
            f"the quarantine has no row {row_number} of batch {batch_id}. "
            "`wellhead quarantine list` shows what it has."
        )
    return found.iloc[0]


def _one_a_row(aside: pd.DataFrame) -> pd.DataFrame:
    """The quarantine with the rules of a row in one cell, and its content to compare it by."""
    rules = aside.groupby(ROW)["rule"].agg(", ".join).rename("rules").reset_index()
    rows = aside.drop_duplicates(ROW).drop(columns=["rule", "recorded_at"]).merge(rules, on=ROW)
    rows = rows.assign(content=rows["row"].map(_content)).sort_values(ROW)
    return rows.assign(nth=rows.groupby(["batch_id", "content"]).cumcount())


def _with_status(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with their status; copies of a row that is settled are settled with it."""
    decided = rows["decision"].map({"fix": "corrected", "dismiss": "dismissed"})
    status = rows["outcome"].fillna(decided).fillna("open")
    settled = status.where(~status.isin(["open", "corrected"]))
    alike = settled.groupby([rows[name] for name in _SAME]).transform("first")
    return rows.assign(status=alike.fillna(status))
