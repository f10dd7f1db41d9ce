"""The verbs of the champion: give the title back."""

from typing import Annotated

import typer

verbs = typer.Typer()


@verbs.command()
def rollback(
    commodity: Annotated[str, typer.Argument(help="The instrument.")],
    target: Annotated[str, typer.Option(help="'daily' or 'monthly'.")] = "daily",
) -> None:
    """Make the champion before the present one champion again."""
    from wellhead.pipeline.rollback import rollback as roll_back

    crowned = roll_back(commodity, target)
    typer.echo(
        f"{crowned.commodity} ({target}): champion is {crowned.model} version {crowned.version}."
    )
