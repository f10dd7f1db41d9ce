"""The command that loads data."""

import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from wellhead.cli.terminal.options import (
    DateColumn,
    DateFormat,
    DecimalSign,
    SourceName,
    ValueColumn,
    source_to_load,
)
from wellhead.errors import InputError, WellheadError

if TYPE_CHECKING:
    from wellhead.workflows.loading.ingest import Loaded
    from wellhead.workflows.loading.sources import FileLayout

commands = typer.Typer()

SeriesNames = Annotated[
    list[str] | None,
    typer.Option(help="What to load: a key of the catalogue, or the source's own code. Repeat it."),
]


@commands.command()
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
    date_column: DateColumn = None,
    value_column: ValueColumn = None,
    decimal: DecimalSign = None,
    date_format: DateFormat = None,
) -> None:
    """Load series from one source through the validation gate, and print the outcome."""
    from wellhead.workflows.loading.sources import layout_options, list_carried

    key = source_to_load(source)
    if not series:
        raise InputError(f"name what to load with --series. Source {key} has: {list_carried(key)}")
    layout = layout_options(
        date_column=date_column, value_column=value_column, decimal=decimal, date_format=date_format
    )
    day = _day(since)
    exit_codes = [_load(name, key, layout, day, full, dry_run) for name in series]
    if any(exit_codes):
        raise typer.Exit(max(exit_codes))


def _load(
    name: str,
    source: str,
    layout: "FileLayout | None",
    since: datetime.date | None,
    full: bool,
    dry_run: bool,
) -> int:
    """Load one series and print the outcome or the error; returns the exit code."""
    from wellhead.workflows.loading.ingest import ingest as load
    from wellhead.workflows.loading.sources import find_at_source

    try:
        instrument, at = find_at_source(name, source, layout)
        for loaded in load(instrument, at, since=since, full=full, write=not dry_run):
            _print_outcome(loaded, dry_run)
    except WellheadError as error:
        typer.secho(f"error: {error}", err=True, fg="red")
        return error.exit_code
    return 0


def _day(written: str | None) -> datetime.date | None:
    from wellhead.calendars import to_utc

    return to_utc(written, name="--since").date() if written else None


def _print_outcome(loaded: "Loaded", dry_run: bool) -> None:
    """One line of counts; what the gate caught; the newest three days; warnings."""
    from wellhead.workflows.quality.findings import findings

    typer.echo(f"{_counts(loaded)}; {_stored(loaded, dry_run)}.")
    for line in findings(loaded.rules):
        typer.echo(line)
    for row in loaded.rows.sort_values("observed_at", kind="stable").tail(3).itertuples():
        typer.echo(f"  {row.observed_at:%Y-%m-%d}  {row.value:>12g}  {row.unit}")
    if loaded.first and loaded.answer.since and not dry_run:
        _warn(
            f"the series begins on {loaded.rows['observed_at'].dt.date.min()}. Days before it that "
            "are loaded later count as known from then on, and no backtest of an earlier day sees "
            "them. To have the whole past, load everything first."
        )
    if withdrawn := loaded.answer.withdrawn:
        _warn(
            f"{loaded.batch['source']} no longer shows {len(withdrawn)} stored days, "
            f"{withdrawn[0]} among them. They stay stored."
        )


def _counts(loaded: "Loaded") -> str:
    batch, answer, days = loaded.batch, loaded.answer, loaded.rows["observed_at"].dt.date
    asked = f"since {answer.since}" if answer.since else "everything"
    stated = "no total stated" if answer.stated is None else f"{answer.stated} stated"
    pages = f" in {answer.pages} pages" if answer.pages else ""
    return (
        f"{batch['commodity']} ({batch['frequency']}) from {batch['source']}, {asked}: "
        f"{batch['rows_received']} rows ({stated}){pages}, {loaded.seconds:.1f} s; "
        f"{days.min()} to {days.max()}; {batch['rows_missing']} without a value, "
        f"{batch['rows_quarantined']} quarantined, quality {batch['quality_score']:.2%}"
    )


def _stored(loaded: "Loaded", dry_run: bool) -> str:
    if dry_run:
        return "dry run, nothing stored"
    return f"{loaded.batch['rows_added']} new, {loaded.batch['rows_revised']} revised"


def _warn(text: str) -> None:
    typer.secho(f"warning: {text}", err=True, fg="yellow")
