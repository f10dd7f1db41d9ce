"""The verbs of EIA's Short-Term Energy Outlook: `wellhead steo ...`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wellhead.cli.options import SourceName, listed
from wellhead.cli.output import console

if TYPE_CHECKING:
    from wellhead.workflows.loading.outlooks import LoadedIssues
    from wellhead.workflows.modelling.steo import AgainstSteo

verbs = typer.Typer()
group = typer.Typer(
    help="EIA's Short-Term Energy Outlook: load issues, compare with our models.",
    no_args_is_help=True,
)
verbs.add_typer(group, name="steo")


@group.command()
def load(
    file: Annotated[Path, typer.Argument(help="CSV: steo_issue,series,period,value,kind.")],
) -> None:
    """Load the issues in a file; all of it or nothing. Loading it again changes nothing."""
    from wellhead.workflows.loading.outlooks import load_issues

    _tell(load_issues(file))


@group.command()
def fetch(
    issue: Annotated[
        str | None, typer.Option(help="YYYY-MM, where EIA departs from its calendar.")
    ] = None,
) -> None:
    """Load the newest issue from EIA's API (EIA_API_KEY)."""
    from wellhead.workflows.loading.outlooks import fetch_issue

    _tell(fetch_issue(issue))


@group.command()
def compare(
    commodity: Annotated[str, typer.Argument(help="WTI, BRENT or HENRY_HUB.")],
    source: SourceName = None,
    models: Annotated[
        str | None, typer.Option(help="Names, separated by commas. Default: those of env.yaml.")
    ] = None,
) -> None:
    """Show who was closer, by months ahead: STEO, or each model from the same moments."""
    from wellhead.cli.backtest import PrintProgress
    from wellhead.settings import get_settings
    from wellhead.workflows.modelling.steo import against_steo

    key = source or get_settings().source
    found = against_steo(commodity, key, listed(models), processes=None, progress=PrintProgress())
    typer.echo(found.told)
    if not found.scores.empty:
        _show(found)


def _tell(loaded: "LoadedIssues") -> None:
    rows = loaded.rows
    typer.echo(
        f"STEO: {rows['issue'].nunique()} issues, {rows['issue'].min()} to {rows['issue'].max()}, "
        f"of {', '.join(sorted(rows['commodity'].unique()))}: {len(rows)} rows, {loaded.new} new."
    )


def _show(found: "AgainstSteo") -> None:
    from rich.table import Table

    ratios, chances = found.table(), found.table("dm_p_value")
    counts = found.table("issues").iloc[0]
    table = Table(title="RMSE over STEO's (Diebold-Mariano p-value)")
    table.add_column("months ahead")
    for h in ratios:
        table.add_column(str(h), justify="right")
    table.add_row("issues", *(f"{count:.0f}" for count in counts), end_section=True)
    for model in ratios.index:
        cells = zip(ratios.loc[model], chances.loc[model], strict=True)
        table.add_row(model, *(f"{r:.3f}" + (f" ({p:.2f})" if p == p else "") for r, p in cells))
    console().print(table)
