"""The commands of the champion: show it, roll it back."""

from typing import TYPE_CHECKING, Any

import typer

from wellhead.catalogue.targets import Target
from wellhead.cli.terminal.options import CommodityArgument, TargetOption
from wellhead.cli.terminal.output import console, table

if TYPE_CHECKING:
    from wellhead.workflows.champions.tenure import Tenure

commands = typer.Typer()

_COLUMNS = ("model", "ahead", "outcomes", "80 % covers", "95 % covers", "MSPE ratio", "p worse")


@commands.command()
def champion(commodity: CommodityArgument) -> None:
    """Show the champion, since when and why, and how its forecasts have done."""
    from wellhead.workflows.champions.tenure import tenures

    for tenure in tenures(commodity):
        version = tenure.champion
        typer.echo(
            f"{version.commodity} ({version.target}): champion is {version.model} version "
            f"{version.version}, since {tenure.since:%Y-%m-%d %H:%M} UTC."
        )
        if version.reason != tenure.alarm_reason:
            typer.echo(version.reason)
        if tenure.alarm_reason:
            typer.secho(tenure.alarm_reason, fg="red")
        if decision := tenure.pending:
            typer.echo(
                f"The decision of {decision['decided_at']:%Y-%m-%d %H:%M} UTC for "
                f"{decision['model']} version {decision['model_version']} has not taken effect: "
                "the alias was not moved. `wellhead run` moves it, or says why it cannot."
            )
        _print_record(tenure)


def _print_record(tenure: "Tenure") -> None:
    if tenure.watched.empty:
        typer.echo("No outcome of its forecasts in the ledger is known yet.")
        return
    rows = map(_cells, tenure.watched.to_dict("records"))
    console().print(table("In the ledger", _COLUMNS, rows, right=_COLUMNS[1:]))


def _cells(row: dict[Any, Any]) -> tuple[str, ...]:
    ratio = row["mspe_ratio"]  # NaN until the price has moved
    return (
        f"{row['model']}, ALARM" if row["alarm"] else row["model"],
        str(row["horizon"]),
        str(row["outcomes"]),
        f"{row['coverage_80']:.1%}",
        f"{row['coverage_95']:.1%}",
        f"{ratio:.3f}" if ratio == ratio else "–",
        f"{row['p_worse']:.3f}",
    )


@commands.command()
def rollback(commodity: CommodityArgument, target: TargetOption = Target.DAILY) -> None:
    """Make the previous champion the champion again."""
    from wellhead.workflows.champions.rollback import rollback as roll_back

    result = roll_back(commodity, target)
    version = result.champion
    typer.echo(
        f"{version.commodity} ({target}): champion is {version.model} version {version.version}."
    )
    if result.was_pending:
        typer.echo(
            "Nothing was rolled back: a decision for this version was stored and had not taken "
            "effect; now it has. To undo it, run `wellhead rollback` again."
        )
