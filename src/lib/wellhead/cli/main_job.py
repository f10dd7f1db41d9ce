"""The commands of the main job: run the pipeline, print a forecast."""

from typing import TYPE_CHECKING, Annotated

import typer

from wellhead.catalogue.targets import Target
from wellhead.cli.terminal.options import (
    Commodities,
    CommodityArgument,
    EnvFile,
    SourceName,
    TargetOption,
    source_to_load,
)
from wellhead.cli.terminal.output import console, table

if TYPE_CHECKING:
    from rich.console import Console

    from wellhead.pipeline.run import RunResult

commands = typer.Typer()


@commands.command()
def run(
    source: SourceName = None,
    commodities: Commodities = None,
    env: EnvFile = None,
    force: Annotated[bool, typer.Option("--force", help="Run every task.")] = False,
) -> None:
    """Run the pipeline: ingest, features, models, champion, forecasts, site."""
    from wellhead.pipeline.run import run_pipeline

    screen = console()
    try:
        result = run_pipeline(
            screen,
            source=source_to_load(source),
            env_file=env,
            commodities=commodities,
            force=force,
        )
    except KeyboardInterrupt as stop:
        typer.secho("stopped. Finished tasks are kept; run again to continue.", err=True)
        raise typer.Exit(130) from stop
    _print_result(screen, result)


def _print_result(screen: "Console", result: "RunResult") -> None:
    from wellhead.cli.terminal.run_summary import closing_lines

    if result.ran:
        columns, rows = list(result.stages), result.stages.itertuples(index=False)
        title = f"The run took {result.elapsed}"
        screen.print(table(title, columns, rows, right=columns[1:]))
    else:
        screen.print(f"Nothing has changed: all {result.total} tasks are up to date.")
    if line := str(result.removed):
        typer.echo(line)
    typer.echo(closing_lines(result.scope.source, result.scope.commodities))


@commands.command()
def forecast(
    commodity: CommodityArgument,
    days: Annotated[
        int | None,
        typer.Option(min=1, help="How many days, or months. Default: 30 days, or 13 months."),
    ] = None,
    target: TargetOption = Target.DAILY,
) -> None:
    """Print the newest forecast of the champion."""
    from wellhead.workflows.forecasting.serving import champion_forecast

    rows = target.checked_rows(days)
    served = champion_forecast(commodity, target)
    typer.echo(
        f"{served.instrument.key}: champion {served.model}, version {served.version}; prices as of "
        f"{served.last_observed_at:%Y-%m-%d}; {served.unit}"
    )
    typer.echo(served.publication_note)
    keys = ["target_at", "horizon", "from_publication"]
    shown = served.forecast.head(rows).set_index(keys).round(2)
    typer.echo(shown.reset_index().to_string(index=False))
