"""The verbs of the main job: run the pipeline, print a forecast."""

from pathlib import Path
from typing import Annotated

import typer

from wellhead.catalogue.targets import Target
from wellhead.cli.options import SourceName, listed
from wellhead.cli.output import console

verbs = typer.Typer()

Commodities = Annotated[str | None, typer.Option(help="What to forecast, separated by commas.")]


@verbs.command()
def run(
    source: SourceName = None,
    commodities: Commodities = None,
    env: Annotated[Path | None, typer.Option(help="Another env.yaml.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Run every task.")] = False,
) -> None:
    """Run the pipeline: ingest, features, models, champion, forecasts, site."""
    from wellhead.pipeline.run import run_pipeline

    screen = console()
    try:
        outcome = run_pipeline(
            screen,
            env_file=env,
            source=source or None,
            commodities=listed(commodities),
            force=force,
        )
    except KeyboardInterrupt as stop:
        typer.secho("stopped. What is done is kept; run again to go on.", err=True)
        raise typer.Exit(130) from stop
    if not outcome.ran:
        screen.print(f"Nothing has changed: all {outcome.total} tasks are up to date.")
    _say_what_next(outcome.environment["source"], outcome.environment["commodities"])


@verbs.command()
def forecast(
    commodity: str,
    days: Annotated[
        int | None,
        typer.Option(min=1, help="How many days, or months. Default: 30 days, or 13 months."),
    ] = None,
    target: Annotated[Target, typer.Option(help="Coming days, or averages of months.")] = (
        Target.DAILY
    ),
) -> None:
    """Print the newest forecast of the champion."""
    from wellhead.workflows.forecasting.serving import champion_forecast

    rows = target.checked_rows(days)
    answer = champion_forecast(commodity, target)
    typer.echo(
        f"{answer.commodity}: champion {answer.model}, version {answer.version}; prices as of "
        f"{answer.last_observed_at:%Y-%m-%d}; {answer.unit}"
    )
    typer.echo(answer.forecast.head(rows).round(2).to_string(index=False))


def _say_what_next(source: str, commodities: list[str]) -> None:
    from wellhead.workflows.operations.closing import closing_message

    typer.echo(closing_message(source, commodities))
