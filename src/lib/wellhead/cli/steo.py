"""The commands of EIA's Short-Term Energy Outlook: `wellhead steo ...`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wellhead.cli.terminal.options import EnvFile, Instrument, SourceName, instrument, listed
from wellhead.cli.terminal.output import PrintProgress, console, table

if TYPE_CHECKING:
    from wellhead.workflows.loading.outlooks import LoadedIssues
    from wellhead.workflows.modelling.steo import SteoComparison

commands = typer.Typer()
group = typer.Typer(
    help="EIA's Short-Term Energy Outlook: load issues, compare with our models.",
    no_args_is_help=True,
)
commands.add_typer(group, name="steo")


@group.command()
def load(
    file: Annotated[Path, typer.Argument(help="CSV: steo_issue,series,period,value,kind.")],
) -> None:
    """Load the issues in a file: all of it or nothing. Loading it again changes nothing."""
    from wellhead.workflows.loading.outlooks import load_issues

    _print_loaded(load_issues(file))


@group.command()
def fetch(
    issue: Annotated[
        str | None, typer.Option(help="The issue as YYYY-MM, if EIA departs from its calendar.")
    ] = None,
) -> None:
    """Load the newest issue from EIA's API (EIA_API_KEY)."""
    from wellhead.workflows.loading.outlooks import fetch_issue

    _print_loaded(fetch_issue(issue))


@group.command()
def compare(
    commodity: Annotated[
        Instrument, typer.Argument(parser=instrument, help="WTI, BRENT or HENRY_HUB.")
    ],
    source: SourceName = None,
    models: Annotated[
        str | None, typer.Option(help="Names, separated by commas. Default: those of env.yaml.")
    ] = None,
    env: EnvFile = None,
) -> None:
    """Show how close STEO and each model were, by months ahead, from the same moments."""
    from wellhead.workflows.configuration import read_configuration
    from wellhead.workflows.modelling.steo import compare_with_steo
    from wellhead.workflows.stored_source import source_to_read

    comparison = compare_with_steo(
        commodity,
        source_to_read(commodity, source),
        read_configuration(env).select_models(listed(models)),
        processes=None,
        progress=PrintProgress(),
    )
    typer.echo(comparison.summary)
    if not comparison.scores.empty:
        _print_comparison(comparison)


def _print_loaded(loaded: "LoadedIssues") -> None:
    rows = loaded.rows
    typer.echo(
        f"STEO: {rows['issue'].nunique()} issues, {rows['issue'].min()} to {rows['issue'].max()}, "
        f"of {', '.join(sorted(rows['commodity'].unique()))}: {len(rows)} rows, {loaded.new} new."
    )


def _print_comparison(comparison: "SteoComparison") -> None:
    ratios, p_values = comparison.table(), comparison.table("dm_p_value")
    horizons = [str(horizon) for horizon in ratios]
    rows = [["issues", *(f"{count:.0f}" for count in comparison.table("issues").iloc[0])]]
    for model in ratios.index:
        cells = zip(ratios.loc[model], p_values.loc[model], strict=True)
        rows.append([model, *(f"{r:.3f}" + (f" ({p:.2f})" if p == p else "") for r, p in cells)])
    title = "RMSE over STEO's (Diebold-Mariano p-value)"
    shown = table(title, ["months ahead", *horizons], rows, right=horizons)
    shown.rows[0].end_section = True  # a rule between the counts and the ratios
    console().print(shown)
