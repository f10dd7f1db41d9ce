"""The verbs that check what is stored: is it complete, do the sources agree?"""

from typing import Annotated

import typer

from wellhead.cli.options import OfInstrument, OfSource

verbs = typer.Typer()


@verbs.command()
def gaps(
    commodity: OfInstrument = None,
    source: OfSource = None,
    explained: Annotated[
        bool, typer.Option("--explained", help="List the explained days as well.")
    ] = False,
) -> None:
    """Show the days that stored series lack without an explanation."""
    from rich.console import Console

    from wellhead.pipeline.completeness import gap_tables

    console = Console()
    for table in gap_tables(commodity, source, explained):
        console.print(table)


@verbs.command()
def reconcile(
    commodity: Annotated[str | None, typer.Argument(help="The pairs of this instrument.")] = None,
    as_of: Annotated[str | None, typer.Option(help="As known on this day. Default: now.")] = None,
) -> None:
    """Compare sources, and spot with futures, day by day. Exit code 1 if a pair disagrees."""
    from rich.console import Console

    from wellhead.pipeline.reconcile import reconcile as compare
    from wellhead.pipeline.reconcile import reconcile_tables

    pairs, console = compare(commodity, as_of), Console()
    for table in reconcile_tables(pairs):
        console.print(table)
    if not all(pair.agrees for pair in pairs):
        raise typer.Exit(1)
