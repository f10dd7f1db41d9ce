"""The verb that backtests models on any series."""

import enum
from pathlib import Path
from typing import Annotated

import typer

from wellhead.catalogue.targets import Target
from wellhead.cli.options import Refit, listed

verbs = typer.Typer()

_DAILY_STEP = 4  # passes through the days of the week


class Calendar(enum.StrEnum):
    """The trading days that exist."""

    NYSE = "NYSE"
    LSE = "LSE"
    weekdays = "weekdays"


@verbs.command()
def backtest(
    csv: Annotated[Path, typer.Option(help="Daily prices: a file of date,value.")],
    target: Annotated[
        Target, typer.Option(help="Prices of coming sessions, or averages of months.")
    ],
    start: Annotated[str, typer.Option(help="The first day to forecast from, YYYY-MM-DD.")],
    out: Annotated[Path, typer.Option(help="Folder for forecasts.csv and scores.csv.")],
    end: Annotated[str | None, typer.Option(help="The last day. Default: the newest.")] = None,
    models: Annotated[
        str | None, typer.Option(help="Names, separated by commas. Default: those of env.yaml.")
    ] = None,
    step: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Sessions from one origin to the next. Default: 4 for days; for months the last "
            "release of each.",
        ),
    ] = None,
    refit: Refit = 250,
    window: Annotated[
        int | None, typer.Option(min=1, help="Sessions fitted on. Default: all before.")
    ] = None,
    embargo: Annotated[int, typer.Option(min=0, help="Newest sessions left out of a fit.")] = 0,
    commodity: Annotated[
        str | None,
        typer.Option(help="Take its calendar and settings. Default: what the file is named after."),
    ] = None,
    calendar: Annotated[
        Calendar | None, typer.Option(help="Default: the commodity's, or all weekdays.")
    ] = None,
    covariates: Annotated[
        Path | None, typer.Option(help="Folder of CSV files named after instruments.")
    ] = None,
) -> None:
    """Backtest models on the prices in a file; needs no database and no network."""
    from wellhead.workflows.modelling.backtest_file import backtest_file

    plan = {
        "targets": (target.value,),
        "start": start,
        "end": end,
        "step": step or _DAILY_STEP,
        "monthly_step": step,
        "refit": refit,
        "window": window,
        "embargo": embargo,
    }
    done = backtest_file(
        csv, plan, out, models=listed(models), commodity=commodity,
        calendar=calendar and calendar.value, covariates=covariates, progress=PrintProgress(),
    )  # fmt: skip
    taken_as = done.instrument.key if done.instrument else "an instrument without an entry"
    typer.echo(f"{csv} taken as {taken_as}; sessions of calendar {done.calendar}.")
    typer.echo(done.table())
    typer.echo(f"written: {out / 'forecasts.csv'} and {out / 'scores.csv'}")


class PrintProgress:
    """Progress: a line on the error channel whenever another tenth is done."""

    def __init__(self, of: str = "forecasts") -> None:
        self.told = 0
        self._of = of

    def __call__(self, done: int, total: int) -> None:
        if (tenth := 10 * done // total) > self.told:
            self.told = tenth
            typer.echo(f"{done:,} of {total:,} {self._of}", err=True)
