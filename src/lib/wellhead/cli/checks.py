"""The verbs that check what is stored: is it complete, do the sources agree?"""

from typing import Annotated

import typer

from wellhead.cli.options import SourceName

verbs = typer.Typer()


@verbs.command()
def gaps(
    commodity: Annotated[str | None, typer.Option(help="Of this instrument alone.")] = None,
    source: SourceName = None,
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
