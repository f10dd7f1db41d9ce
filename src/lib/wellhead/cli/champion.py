"""The verbs of the champion: show who it is, give the title back."""

from typing import TYPE_CHECKING, Annotated

import typer

from wellhead.catalogue.targets import Target
from wellhead.cli.output import console

if TYPE_CHECKING:
    from wellhead.workflows.champions.tenure import Tenure

verbs = typer.Typer()


@verbs.command()
def champion(commodity: Annotated[str, typer.Argument(help="The instrument.")]) -> None:
    """Show who is champion, since when and why, and how its forecasts have done."""
    from wellhead.workflows.champions.tenure import tenures

    for tenure in tenures(commodity):
        crowned = tenure.champion
        typer.echo(
            f"{crowned.commodity} ({crowned.target}): champion is {crowned.model} version "
            f"{crowned.version}, since {tenure.since:%Y-%m-%d %H:%M} UTC."
        )
        typer.secho(crowned.reason, fg="red" if tenure.alarm else None)
        if decision := tenure.pending:
            typer.echo(
                f"The decision of {decision['decided_at']:%Y-%m-%d %H:%M} UTC for "
                f"{decision['model']} version {decision['model_version']} has not taken effect: "
                "the program stopped before it moved the alias. `wellhead run` moves it."
            )
        _show_record(tenure)


def _show_record(tenure: "Tenure") -> None:
    from rich.table import Table

    if tenure.record.empty:
        typer.echo("No outcome of its forecasts in the ledger is known yet.")
        return
    table = Table(title="In the ledger", title_justify="left")
    for name in ("model", "ahead", "outcomes", "80 % held", "95 % held", "MSPE ratio", "p worse"):
        table.add_column(name, justify="left" if name == "model" else "right")
    for row in tenure.record.to_dict("records"):
        ratio = row["mspe_ratio"]  # none while the price stands still
        table.add_row(
            f"{row['model']}, ALARM" if row["alarm"] else row["model"], str(row["horizon"]),
            str(row["outcomes"]), f"{row['coverage_80']:.1%}", f"{row['coverage_95']:.1%}",
            f"{ratio:.3f}" if ratio == ratio else "–", f"{row['p_worse']:.3f}",
        )  # fmt: skip
    console().print(table)


@verbs.command()
def rollback(
    commodity: Annotated[str, typer.Argument(help="The instrument.")],
    target: Annotated[
        Target, typer.Option(help="Prices of coming sessions, or averages of months.")
    ] = Target.DAILY,
) -> None:
    """Make the champion before the present one champion again."""
    from wellhead.workflows.champions.rollback import rollback as roll_back

    crowned = roll_back(commodity, target)
    typer.echo(
        f"{crowned.commodity} ({target}): champion is {crowned.model} version {crowned.version}."
    )
