"""The command of the futures: load the dated contracts of a commodity, show its curve."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from wellhead.cli.terminal.options import CommodityArgument, Instrument
from wellhead.cli.terminal.output import console, table

if TYPE_CHECKING:
    from wellhead.workflows.market.curve import Curve

commands = typer.Typer()


@commands.command()
def curve(
    commodity: CommodityArgument,
    date: Annotated[str | None, typer.Option(help="The day. Default: the newest.")] = None,
    as_of: Annotated[str | None, typer.Option(help="As known at this moment.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Default: the one with the most contracts.")
    ] = None,
    load: Annotated[
        bool, typer.Option("--load", help="First load its contracts (default source: yahoo).")
    ] = False,
) -> None:
    """Show the futures curve of one day: contracts, expiries, prices, and the cost of rolling."""
    from wellhead.workflows.market.curve import curve as read

    failed = _load(commodity, source or "yahoo") if load else 0
    _show(read(commodity, date, as_of, source=source))
    if failed:
        raise typer.Exit(1)


def _load(commodity: Instrument, source: str) -> int:
    """Load all contracts, one line each and what the gate caught; returns how many failed."""
    from wellhead.workflows.loading.contracts import load_curve
    from wellhead.workflows.loading.sources import find_source
    from wellhead.workflows.quality.findings import findings

    outcome = load_curve(commodity, find_source(source))
    for key, loaded in outcome.loaded.items():
        added, revised = loaded.batch["rows_added"], loaded.batch["rows_revised"]
        typer.echo(f"{key}: {loaded.batch['rows_received']} rows, {added} new, {revised} revised.")
        for line in findings(loaded.rules):
            typer.echo(line)
    for key, error in outcome.failed.items():
        typer.echo(f"{key}: {error}", err=True)
    return len(outcome.failed)


def _show(quoted: "Curve") -> None:
    missing = f"; no quote of that day for {', '.join(quoted.absent)}" if quoted.absent else ""
    title = (
        f"{quoted.market} futures on {quoted.day.date()}, {quoted.unit}, from {quoted.source}: "
        f"{quoted.shape}{missing}"
    )
    columns = ("contract", "code", "expires", "days", "price", "next less this", "roll a year")
    console().print(table(title, columns, _rows(quoted), right=columns[2:]))


def _rows(quoted: "Curve") -> Iterator[tuple[object, ...]]:
    rolls = {row["near"]: row for row in quoted.rolls().to_dict("records")}
    for row in quoted.quotes.to_dict("records"):
        expiry, days = row["expiry"].date(), row["days_to_expiry"]
        quote = (row["contract"], row["code"], expiry, days, f"{row['price']:g}")
        yield (*quote, *_roll_cells(rolls.get(row["contract"])))


def _roll_cells(roll: dict[object, float] | None) -> tuple[str | None, str | None]:
    """The difference to the next contract, and the yield a year; NaN where it has no meaning."""
    if roll is None:
        return None, None
    share = roll["roll_yield"]
    return f"{-roll['spread']:+.4g}", f"{share:+.1%}" if share == share else None
