"""Commands of the quarantine: look at its rows, correct, dismiss and replay them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from wellhead.cli.terminal.options import OfInstrument, OfSource
from wellhead.cli.terminal.output import console, table

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from wellhead.workflows.quality.replay import Replayed
    from wellhead.workflows.quality.rows_shown import RowHistory

quarantine = typer.Typer(no_args_is_help=True)
commands = typer.Typer()
commands.add_typer(
    quarantine,
    name="quarantine",
    help="List, correct, dismiss and replay rows that the gate has caught.",
)

_REJECTED_SHOWN = 10

Batch = Annotated[str, typer.Argument(help="The batch's identifier, or its first characters.")]
Row = Annotated[int, typer.Argument(help="The row's number in the batch.")]
Reason = Annotated[str, typer.Option(help="Why. It is kept with the decision.")]


@quarantine.command("list")
def list_rows(
    commodity: OfInstrument = None,
    source: OfSource = None,
    rule: Annotated[str | None, typer.Option(help="Caught by this rule.")] = None,
    settled: Annotated[
        bool, typer.Option("--all", help="Stored, superseded and dismissed rows as well.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="The most rows to show.")] = 50,
) -> None:
    """Show the rows that wait for a decision or a replay."""
    from wellhead.workflows.quality import quarantine as stored

    rows = (stored.quarantine if settled else stored.open_rows)(commodity, source, rule)
    in_one_line = rule != stored.BATCH_REFUSED
    shown = quarantine_table(rows, "all" if settled else "open", limit, in_one_line=in_one_line)
    console().print(shown)


def quarantine_table(
    rows: "pd.DataFrame", which: str, limit: int, *, in_one_line: bool = True
) -> "Table":
    """Rows of the quarantine. `in_one_line`: those of a refused batch without a fault are one."""
    from wellhead.workflows.quality.rows_shown import cells_text, with_refused_in_one_line

    lines = with_refused_in_one_line(rows) if in_one_line else rows
    first = f", the first {limit}" if len(lines) > limit else ""
    shown = lines.head(limit)
    columns = {
        "batch": shown["batch_id"].map(lambda key: key[:8]),
        "row": shown["row_number"],
        "rules": shown["rules"],
        "series": shown["commodity"] + ", " + shown["frequency"] + ", " + shown["source"],
        "fetched": shown["fetched_at"].map("{:%Y-%m-%d %H:%M}".format),
        "status": map(_status, shown.to_dict("records")),
        "cells": shown["row"].map(cells_text),
    }
    return table(
        f"Quarantine, {which}: {len(lines)}{first}", columns, zip(*columns.values(), strict=True)
    )


def _status(row: dict[object, object]) -> str:
    copies = row.get("copies", 1)
    return f"{row['status']}" if copies == 1 else f"{row['status']}, in {copies} loads"


@quarantine.command()
def show(batch: Batch, row: Row) -> None:
    """Show one row as the source wrote it, what caught it and every decision on it."""
    from wellhead.workflows.quality.rows_shown import row_history

    for line in _history_lines(row_history(batch, row)):
        typer.echo(line)


def _history_lines(history: "RowHistory") -> Iterator[str]:
    from wellhead.workflows.quality.rows_shown import cells_text

    row = history.row
    yield f"Row {row['row_number']} of batch {row['batch_id']}"
    yield f"  series    {row['commodity']}, {row['frequency']}, from {row['source']}"
    outcome = "accepted" if row["accepted"] else "refused"
    yield f"  fetched   {row['fetched_at']:%Y-%m-%d %H:%M} UTC, batch {outcome}"
    yield f"  cells     {cells_text(row['row'])}"
    yield f"  caught by {row['rules']}"
    yield f"  status    {row['status']}"
    for made in history.corrections.to_dict("records"):
        cells = f" {cells_text(made['changes'])}" if made["changes"] else ""
        by = f"{made['decided_at']:%Y-%m-%d %H:%M} {made['decided_by']}"
        yield f"  {by}: {made['decision']}{cells}: {made['reason']}"
    for tried in history.replays.to_dict("records"):
        at = f"{tried['recorded_at']:%Y-%m-%d %H:%M}"
        yield f"  {at} {tried['outcome']}, replay {tried['replay_id']}"


@quarantine.command()
def fix(
    batch: Batch,
    row: Row,
    reason: Reason,
    cells: Annotated[list[str], typer.Option("--set", help="The right cell: value=71.2")],
) -> None:
    """Record the right cells of a row. `wellhead quarantine replay` then stores it."""
    from wellhead.errors import InputError
    from wellhead.workflows.quality.decisions import fix as record

    if wrong := [cell for cell in cells if "=" not in cell]:
        raise InputError(f"--set {wrong[0]} is not of the form NAME=VALUE, as in value=71.2.")
    changes = dict(cell.split("=", 1) for cell in cells)
    decided = record(batch, row, changes, reason)
    typer.echo(
        f"Recorded by {decided['decided_by']}: row {row} of batch {decided['batch_id'][:8]}, "
        f"{', '.join(cells)}. Store it with: wellhead quarantine replay {decided['batch_id'][:8]}"
    )


@quarantine.command()
def dismiss(
    batch: Batch,
    reason: Reason,
    row: Annotated[int | None, typer.Argument(help="The row's number in the batch.")] = None,
    rule: Annotated[
        str | None, typer.Option(help="Without a row: all rows that this rule caught.")
    ] = None,
) -> None:
    """Close a row as rightly rejected, or all rows of a batch that one rule caught."""
    from wellhead.workflows.quality.decisions import dismiss as record

    decided = record(batch, row, reason, rule)
    first = decided[0]
    typer.echo(
        f"Dismissed by {first['decided_by']}: {len(decided)} row{'s' * (len(decided) > 1)} of "
        f"batch {first['batch_id'][:8]}."
    )


@quarantine.command()
def replay(
    batch: Annotated[str, typer.Argument(help="One batch. Default: all with open rows.")] = "",
    commodity: OfInstrument = None,
    source: OfSource = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Validate, and store nothing.")
    ] = False,
) -> None:
    """Validate open rows again, with their corrections, and store those that pass."""
    from wellhead.workflows.quality.replay import replay as run

    replays = run(batch, commodity, source, write=not dry_run)
    if not replays:
        typer.echo("The quarantine has no open row: there is nothing to replay.")
    for replayed in replays:
        for line in _replay_lines(replayed, dry_run):
            typer.echo(line)


def _replay_lines(replayed: "Replayed", dry_run: bool) -> Iterator[str]:
    """The outcome of one batch (in a dry run, what it would be), flags, and rows still rejected."""
    from wellhead.workflows.quality.findings import findings
    from wellhead.workflows.quality.rows_shown import cells_text

    counts = replayed.rows["outcome"].value_counts()
    stored = counts.get("stored", 0)
    changed = f"{replayed.added} new, {replayed.revised} revised"
    yield (
        f"{replayed.series}, batch {replayed.batch_id[:8]}: "
        f"{f'would store {stored}' if dry_run else f'stored {stored} ({changed})'}, "
        f"superseded {counts.get('superseded', 0)}, still rejected {counts.get('rejected', 0)}."
    )
    if replayed.refusal:
        yield f"  {replayed.refusal}"
        return
    yield from findings(replayed.rules[replayed.rules["severity"] == "flag"])
    rejected = replayed.rows[replayed.rows["outcome"] == "rejected"]
    for row in rejected.head(_REJECTED_SHOWN).to_dict("records"):
        yield f"  row {row['row_number']}: {row['rules']}: {cells_text(row['row'])}"
    if len(rejected) > _REJECTED_SHOWN:
        yield f"  and {len(rejected) - _REJECTED_SHOWN} more"
