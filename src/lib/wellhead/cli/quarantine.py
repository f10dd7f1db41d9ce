"""The verbs of the quarantine: look into it, correct a row, close it, replay."""

from typing import Annotated

import typer

from wellhead.cli.options import OfInstrument, OfSource
from wellhead.cli.output import console

quarantine = typer.Typer(no_args_is_help=True)
verbs = typer.Typer()
verbs.add_typer(
    quarantine,
    name="quarantine",
    help="List, correct, dismiss and replay rows that were set aside.",
)

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
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many.")] = 50,
) -> None:
    """Show the rows that wait for a decision or a replay."""
    from wellhead.workflows.quality.quarantine_tables import quarantine_table

    console().print(quarantine_table(commodity, source, rule, settled, limit))


@quarantine.command()
def show(batch: Batch, row: Row) -> None:
    """Show one row as it came, what caught it and every decision on it."""
    from wellhead.workflows.quality.quarantine_tables import row_story

    typer.echo(row_story(batch, row))


@quarantine.command()
def fix(
    batch: Batch,
    row: Row,
    reason: Reason,
    cells: Annotated[list[str], typer.Option("--set", help="What it should say: value=71.2")],
) -> None:
    """Record what a row should have said. Nothing is stored before `wellhead quarantine replay`."""
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
        str | None, typer.Option(help="Without a row: all that this rule caught.")
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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge, and store nothing.")] = False,
) -> None:
    """Put open rows through the gate again, with their corrections, and store what passes."""
    from wellhead.workflows.quality.quarantine_tables import replay_lines
    from wellhead.workflows.quality.replay import replay as run

    for line in replay_lines(run(batch, commodity, source, write=not dry_run), dry_run):
        typer.echo(line)
