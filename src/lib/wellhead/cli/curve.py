"""The verb of the futures: load the dated contracts of a commodity, show its curve."""

from typing import TYPE_CHECKING, Annotated

import typer

from wellhead.cli.options import CommodityArgument, Instrument
from wellhead.cli.output import console

if TYPE_CHECKING:
    from wellhead.workflows.market.curve import Curve

verbs = typer.Typer()


@verbs.command()
def curve(
    commodity: CommodityArgument,
    date: Annotated[str | None, typer.Option(help="The day. Default: the newest.")] = None,
    as_of: Annotated[str | None, typer.Option(help="As known at this moment.")] = None,
    source: Annotated[str | None, typer.Option(help="Default: the fullest.")] = None,
    load: Annotated[
        bool, typer.Option("--load", help="First load its contracts (default source: yahoo).")
    ] = False,
) -> None:
    """Show the futures curve of one day: contracts, expiries, prices, what it is to roll."""
    from wellhead.workflows.market.curve import curve as read

    failed = _load(commodity, source or "yahoo") if load else 0
    _show(read(commodity, date, as_of, source=source))
    if failed:
        raise typer.Exit(1)


def _load(commodity: Instrument, source: str) -> int:
    """Load all contracts, one line each; returns how many failed."""
    from wellhead.workflows.loading.contracts import load_curve

    outcome = load_curve(commodity, source)
    for key, loaded in outcome.loaded.items():
        added, revised = loaded.batch["rows_added"], loaded.batch["rows_revised"]
        typer.echo(f"{key}: {loaded.batch['rows_received']} rows, {added} new, {revised} revised.")
    for key, error in outcome.failed.items():
        typer.echo(f"{key}: {error}", err=True)
    return len(outcome.failed)


def _show(found: "Curve") -> None:
    from rich.table import Table

    missing = f"; no quote of that day for {', '.join(found.absent)}" if found.absent else ""
    table = Table(title=f"{found.market} futures on {found.day.date()}, {found.unit}, "
                  f"from {found.source}: {found.shape}{missing}")  # fmt: skip
    for name in ("contract", "code", "expires", "days", "price", "next less this", "roll a year"):
        table.add_column(name, justify="left" if name in ("contract", "code") else "right")
    rolls = {row["near"]: row for row in found.rolls().to_dict("records")}
    for row in found.quotes.to_dict("records"):
        roll = rolls.get(row["contract"])
        ahead = "" if roll is None else f"{-roll['spread']:+.4g}"
        share = "" if roll is None or roll["roll_yield"] != roll["roll_yield"] else (
            f"{roll['roll_yield']:+.1%}")  # fmt: skip
        table.add_row(row["contract"], row["code"], str(row["expiry"].date()),
                      str(row["days_to_expiry"]), f"{row['price']:g}", ahead, share)  # fmt: skip
    console().print(table)
