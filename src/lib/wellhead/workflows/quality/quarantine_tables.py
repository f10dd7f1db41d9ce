"""The quarantine in words and tables, for the command line."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from rich.table import Table

from wellhead.database.operations import read_table
from wellhead.ingestion.base import RAW_COLUMNS
from wellhead.workflows.quality.quarantine import BATCH_REFUSED, find_row, open_rows, quarantine
from wellhead.workflows.quality.replay import Replayed

_SHOWN = 10


def quarantine_table(
    commodity: str | None, source: str | None, rule: str | None, settled: bool, limit: int
) -> Table:
    """The quarantine's rows, a refused batch's faultless rows in one line a batch."""
    rows = (quarantine if settled else open_rows)(commodity, source, rule)
    if rule != BATCH_REFUSED:
        rows = refused_in_one_line(rows)
    title = f"Quarantine, {'all' if settled else 'open'}: {len(rows)}"
    shown = f", the first {limit}" if len(rows) > limit else ""
    table = Table(title=title + shown, title_justify="left")
    for heading in ("batch", "row", "rules", "series", "fetched", "status", "as it came"):
        table.add_column(heading)
    for row in rows.head(limit).itertuples():
        table.add_row(
            str(row.batch_id)[:8],
            str(row.row_number),
            str(row.rules),
            f"{row.commodity}, {row.frequency}, {row.source}",
            f"{row.fetched_at:%Y-%m-%d %H:%M}",
            _status(row),
            cells_text(row.row),
        )
    return table


def refused_in_one_line(rows: pd.DataFrame) -> pd.DataFrame:
    """Thousands of rows whose batch was refused say one thing: so many, of that batch."""
    faultless = rows["rules"] == BATCH_REFUSED
    same = ["batch_id", "status"]
    counts = rows[faultless].groupby(same)["row"].transform("size")
    refused = rows[faultless].assign(
        row=counts.map(lambda count: {"": f"{count} rows without a fault"}), row_number="…"
    )
    lines = [rows[~faultless], refused.drop_duplicates(same)]
    return pd.concat(lines, ignore_index=True)


def _status(row: Any) -> str:
    copies = getattr(row, "copies", 1)
    return f"{row.status}{f', in {copies} loads' if copies > 1 else ''}"


def cells_text(row: Any) -> str:
    """A row's cells in the order of a source's answer: the database keeps them in none."""
    if set(row) <= set(RAW_COLUMNS):
        row = {name: row[name] for name in RAW_COLUMNS if name in row}
    return ", ".join(f"{name}={cell}" if name else cell for name, cell in row.items())


def row_story(batch_id: str, row_number: int) -> str:
    """One row: as it came, what caught it, what was decided, what a replay made of it."""
    row = find_row(batch_id, row_number)
    same = {"batch_id": row["batch_id"], "row_number": row_number}
    lines = [
        f"Row {row_number} of batch {row['batch_id']}",
        f"  series    {row['commodity']}, {row['frequency']}, from {row['source']}",
        f"  fetched   {row['fetched_at']:%Y-%m-%d %H:%M} UTC, batch "
        f"{'accepted' if row['accepted'] else 'refused'}",
        f"  came as   {cells_text(row['row'])}",
        f"  caught by {row['rules']}",
        f"  status    {row['status']}",
    ]
    for made in read_table("corrections", **same).itertuples():
        cells = f" {cells_text(made.changes)}" if made.changes else ""
        lines.append(
            f"  {made.decided_at:%Y-%m-%d %H:%M} {made.decided_by}: {made.decision}{cells}: "
            f"{made.reason}"
        )
    for tried in read_table("replays", **same).itertuples():
        lines.append(
            f"  {tried.recorded_at:%Y-%m-%d %H:%M} {tried.outcome}, replay {tried.replay_id}"
        )
    return "\n".join(lines)


def replay_lines(replays: list[Replayed], dry_run: bool = False) -> Iterator[str]:
    """What a replay did (or would do), batch by batch, and what is still rejected."""
    if not replays:
        yield "The quarantine has no open row: there is nothing to replay."
    for replayed in replays:
        counts = replayed.rows["outcome"].value_counts()
        stored, changed = (
            counts.get("stored", 0),
            f"{replayed.added} new, {replayed.revised} revised",
        )
        yield (
            f"{replayed.series}, batch {replayed.batch_id[:8]}: "
            f"{f'would store {stored}' if dry_run else f'stored {stored} ({changed})'}, "
            f"superseded {counts.get('superseded', 0)}, "
            f"still rejected {counts.get('rejected', 0)}."
        )
        if replayed.refusal:
            yield f"  {replayed.refusal}"
            continue
        rejected = replayed.rows[replayed.rows["outcome"] == "rejected"]
        for row in rejected.head(_SHOWN).itertuples():
            yield f"  row {row.row_number}: {row.rules}: {cells_text(row.row)}"
        if len(rejected) > _SHOWN:
            yield f"  and {len(rejected) - _SHOWN} more"
