"""The verbs of the data: load it, judge it."""

import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from wellhead.cli.options import SourceName
from wellhead.cli.output import console
from wellhead.errors import InputError, WellheadError

if TYPE_CHECKING:
    from wellhead.workflows.loading.ingest import Loaded

verbs = typer.Typer()

SeriesNames = Annotated[
    list[str] | None,
    typer.Option(help="What to load: a key of the catalogue, or the source's own code. Repeat it."),
]


@verbs.command()
def ingest(
    source: SourceName = None,
    series: SeriesNames = None,
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="Days from this one on: YYYY-MM-DD.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Everything, not only what is new and the look-back.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Fetch and check, and store nothing.")
    ] = False,
) -> None:
    """Load series from one source through the validation gate, and print what came."""
    from wellhead.settings import get_settings
    from wellhead.workflows.loading.ingest import carried
    from wellhead.workflows.loading.ingest import ingest as load

    key = source or get_settings().source
    if not series:
        raise InputError(f"name what to load with --series. Source {key} has: {carried(key)}.")
    day, failed = _day(since), 0
    for name in series:
        try:
            for loaded in load(name, key, since=day, full=full, write=not dry_run):
                _tell(loaded, dry_run)
        except WellheadError as error:
            typer.secho(f"error: {error}", err=True, fg="red")
            failed = max(failed, error.exit_code)
    if failed:
        raise typer.Exit(failed)


def _day(written: str | None) -> datetime.date | None:
    from wellhead.calendars import to_utc

    return to_utc(written, name="--since").date() if written else None


def _tell(loaded: "Loaded", dry_run: bool) -> None:
    """What came; the last three rows show whether it is the series that was meant."""
    batch, came, rows = loaded.batch, loaded.came, loaded.rows
    days = rows["observed_at"].dt.date
    stated = "no total stated" if came.stated is None else f"{came.stated} stated"
    pages = f" in {came.pages} pages" if came.pages else ""
    asked = f"since {came.since}" if came.since else "everything"
    stored = "dry run, nothing stored" if dry_run else (
        f"{batch['rows_added']} new, {batch['rows_revised']} revised"
    )  # fmt: skip
    typer.echo(
        f"{batch['commodity']} ({batch['frequency']}) from {batch['source']}, {asked}: "
        f"{batch['rows_received']} rows ({stated}){pages}, {loaded.seconds:.1f} s; "
        f"{days.min()} to {days.max()}; {batch['rows_missing']} without a value, "
        f"{batch['rows_quarantined']} quarantined, quality {batch['quality_score']:.2%}; {stored}."
    )
    for row in rows.tail(3).itertuples():
        typer.echo(f"  {row.observed_at:%Y-%m-%d}  {row.value:>12g}  {row.unit}")
    if loaded.first and came.since and not dry_run:
        typer.secho(
            f"warning: the series begins on {days.min()}. Days before it, loaded later, count as "
            "known from then on, and no backtest of an earlier day will see them: to have the "
            "whole past, load everything first.", err=True, fg="yellow",
        )  # fmt: skip
    if came.withdrawn:
        typer.secho(
            f"warning: {batch['source']} no longer shows {len(came.withdrawn)} stored days, "
            f"{came.withdrawn[0]} among them. They stay stored.", err=True, fg="yellow",
        )  # fmt: skip


@verbs.command()
def quality(source: SourceName = None) -> None:
    """Show quality by source and day, the newest loads and the open quarantine."""
    from wellhead.workflows.quality.batches import quality_tables

    console().print(*quality_tables(source))
