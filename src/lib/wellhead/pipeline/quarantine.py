"""Verb: the quarantine: what is open in it, and what a person decides on a row.

A row is open until it is stored by a replay or dismissed. The same row comes back with every load
of a source that has not been corrected; it is shown once, and one decision settles all its copies.
"""

import getpass
import json
from dataclasses import replace
from typing import Any

import pandas as pd

from wellhead.calendars import now
from wellhead.database.operations import read_table
from wellhead.database.writing import write_rows
from wellhead.errors import InputError, NoDataError
from wellhead.ingestion.base import RAW_COLUMNS
from wellhead.validation.gate import Verdict

BATCH_REFUSED = "batch-refused"
"""The rule of rows that no rule caught: they came with a batch that was refused whole."""
_ROW = ["batch_id", "row_number"]
_SAME = ["commodity", "source", "frequency", "content"]


def with_the_rest(verdict: Verdict) -> Verdict:
    """The verdict on a refused batch with every passing row caught as well, by BATCH_REFUSED."""
    rest = pd.DataFrame({"row_number": verdict.passed.index, "rule": BATCH_REFUSED})
    return replace(verdict, caught=pd.concat([verdict.caught, rest], ignore_index=True))


def is_kept(rows: pd.DataFrame, batch: dict[str, Any]) -> bool:
    """Whether the quarantine already keeps this refused answer whole: asking again brings it again.

    `rows` are the whole answer's quarantine rows; only a row of all of them kept counts.
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

    One row a (batch_id, row_number): rules, commodity, source, frequency, fetched_at, row (as it
    came), changes (of the newest correction), reason, status ('open', 'corrected', 'dismissed',
    'stored') and content. A row settled in one batch is settled in all that brought the same.
    """
    equal = {"commodity": commodity, "source": source}
    aside = read_table("quarantine", **{name: key for name, key in equal.items() if key})
    rows = _one_a_row(aside).merge(
        read_table("batches")[["batch_id", "frequency", "fetched_at"]], on="batch_id"
    )
    decided = read_table("corrections").drop_duplicates(_ROW, keep="last")
    rows = rows.merge(decided[[*_ROW, "decision", "changes", "reason"]], on=_ROW, how="left")
    tried = read_table("replays")
    stored = pd.MultiIndex.from_frame(tried.loc[tried["outcome"] == "stored", _ROW])
    rows["status"] = _status(rows, pd.MultiIndex.from_frame(rows[_ROW]).isin(stored))
    rows = _settled_alike(rows.sort_values(["fetched_at", "row_number"], ascending=[False, True]))
    chosen = rows["rules"].str.split(", ").map(lambda names: rule is None or rule in names)
    return rows[chosen].reset_index(drop=True)


def open_rows(
    commodity: str | None = None, source: str | None = None, rule: str | None = None
) -> pd.DataFrame:
    """What waits for a decision or a replay; of copies the newest, `copies` counts them."""
    rows = quarantine(commodity, source, rule)
    rows = rows[rows["status"].isin(["open", "corrected"])]
    copies = rows.groupby(_SAME)["batch_id"].transform("nunique")
    corrected_first = rows.assign(copies=copies).sort_values(
        "status", key=lambda status: status != "corrected", kind="stable"
    )
    return corrected_first.drop_duplicates([*_SAME, "row_number"]).sort_index(ignore_index=True)


def fix(batch_id: str, row_number: int, changes: dict[str, str], reason: str) -> dict[str, Any]:
    """Record what a row should have said; a replay stores it. The row itself stays as it came.

    Raises InputError for cells that no row has, NoDataError if there is no such row.
    """
    if not changes or set(changes) - set(RAW_COLUMNS):
        raise InputError(f"a fix sets one or more of {', '.join(RAW_COLUMNS)}: --set value=71.2.")
    return _decide(batch_id, row_number, "fix", changes, reason)


def dismiss(batch_id: str, row_number: int, reason: str) -> dict[str, Any]:
    """Close a row as rightly rejected. Raises NoDataError if there is no such row."""
    return _decide(batch_id, row_number, "dismiss", {}, reason)


def find_row(batch_id: str, row_number: int) -> pd.Series:
    """One row of the quarantine; a batch may be named by the beginning of its identifier.

    Raises NoDataError if there is none, InputError if the beginning fits several batches.
    """
    rows = quarantine()
    found = rows[rows["batch_id"].str.startswith(batch_id) & (rows["row_number"] == row_number)]
    if found.empty:
        raise NoDataError(
            f"the quarantine has no row {row_number} of batch {batch_id}. "
            "`wellhead quarantine list` shows what it has."
        )
    if len(found) > 1:
        raise InputError(f"batch {batch_id} is one of several: write more of its identifier.")
    return found.iloc[0]


def _decide(
    batch_id: str, row_number: int, decision: str, changes: dict[str, str], reason: str
) -> dict[str, Any]:
    row = find_row(batch_id, row_number)
    if not reason.strip():
        raise InputError("a decision needs its reason: --reason TEXT.")
    if row["status"] == "stored":
        raise InputError(f"row {row_number} of batch {row['batch_id']} has been replayed already.")
    decided = {
        "batch_id": row["batch_id"],
        "row_number": row_number,
        "decided_at": now(),
        "decision": decision,
        "changes": changes,
        "reason": reason.strip(),
        "decided_by": getpass.getuser(),
    }
    write_rows("corrections", pd.DataFrame([decided]))
    return decided


def _one_a_row(aside: pd.DataFrame) -> pd.DataFrame:
    """The quarantine with the rules of a row in one cell, and its content to compare it by."""
    rules = aside.groupby(_ROW)["rule"].agg(", ".join).rename("rules").reset_index()
    rows = aside.drop_duplicates(_ROW).drop(columns=["rule", "recorded_at"]).merge(rules, on=_ROW)
    return rows.assign(content=rows["row"].map(_content))


def _status(rows: pd.DataFrame, stored: Any) -> pd.Series:
    status = rows["decision"].map({"fix": "corrected", "dismiss": "dismissed"}).fillna("open")
    return status.mask(stored, "stored")


def _settled_alike(rows: pd.DataFrame) -> pd.DataFrame:
    """Copies of a row that was stored or dismissed are settled with it."""
    settled = rows["status"].where(rows["status"].isin(["stored", "dismissed"]))
    alike = settled.groupby([rows[name] for name in (*_SAME, "row_number")]).transform("first")
    return rows.assign(status=rows["status"].where(alike.isna(), alike))
