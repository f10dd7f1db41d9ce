"""The verbs that check what is stored: is it complete, do the sources agree?"""

from typing import Annotated

import typer

from wellhead.cli.options import OfInstrument, OfSource
from wellhead.cli.output import console

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
    from wellhead.workflows.quality.completeness import gap_tables

    console().print(*gap_tables(commodity, source, explained))


@verbs.command()
def reconcile(
    commodity: Annotated[str | None, typer.Argument(help="The pairs of this instrument.")] = None,
    as_of: Annotated[str | None, typer.Option(help="As known on this day. Default: now.")] = None,
) -> None:
    """Compare sources, and spot with futures, day by day. Exit code 1 if a pair disagrees."""
    from wellhead.workflows.quality.reconciliation import reconcile as compare
    from wellhead.workflows.quality.reconciliation import reconcile_tables

    pairs = compare(commodity, as_of)
    console().print(*reconcile_tables(pairs))
    if not all(pair.agrees for pair in pairs):
        raise typer.Exit(1)
