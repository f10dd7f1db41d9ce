"""The verbs of the data: load it, judge it."""

from typing import Annotated

import typer

from wellhead.cli.options import SourceName

verbs = typer.Typer()


@verbs.command()
def ingest(
    commodity: Annotated[list[str], typer.Argument(help="Instruments to load.")],
    source: SourceName = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Fetch and check, and store nothing.")
    ] = False,
) -> None:
    """Load instruments from one source through the validation gate."""
    from wellhead.pipeline.ingest import ingest as load
    from wellhead.settings import get_settings

    for key in commodity:
        for loaded in load(key, source or get_settings().source, write=not dry_run):
            batch = loaded.batch
            typer.echo(
                f"{batch['commodity']} ({batch['frequency']}) from {batch['source']}: "
                f"{batch['rows_received']} rows, {batch['rows_missing']} without a value, "
                f"{batch['rows_quarantined']} quarantined, quality {batch['quality_score']:.2%}; "
                f"{batch['rows_added']} new, {batch['rows_revised']} revised."
            )


@verbs.command()
def quality(source: SourceName = None) -> None:
    """Show quality by source and day, the newest loads and the open quarantine."""
    from rich.console import Console

    from wellhead.pipeline.quality import quality_tables

    console = Console()
    for table in quality_tables(source):
        console.print(table)
