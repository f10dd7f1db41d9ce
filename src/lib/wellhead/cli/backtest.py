"""The command that backtests models on the prices in a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wellhead.catalogue.targets import Target
from wellhead.cli.terminal.options import (
    DateColumn,
    DateFormat,
    DecimalSign,
    EnvFile,
    Instrument,
    Refit,
    ValueColumn,
    instrument,
    listed,
)
from wellhead.cli.terminal.output import PrintProgress, console, table

if TYPE_CHECKING:
    from wellhead.workflows.modelling.backtest_file import BacktestPlan, FileBacktest, PriceFile

commands = typer.Typer()

_WITHOUT_RATIO = "nan: there is no ratio where no-change made no error, because no price moved."


def calendar_name(written: str) -> str:
    """The calendar with a name or in a file of holidays. Raises InputError that lists the names."""
    from wellhead.catalogue.own_calendars import find_calendar

    return find_calendar(written)


Csv = Annotated[Path, typer.Option(help="Daily prices: a CSV or Excel file with dates and prices.")]
RequiredTarget = Annotated[
    Target, typer.Option(help="Prices of coming sessions, or averages of months.")
]
Start = Annotated[str, typer.Option(help="The first day to forecast from, YYYY-MM-DD.")]
Out = Annotated[Path, typer.Option(help="Folder for forecasts.csv and scores.csv.")]
End = Annotated[str | None, typer.Option(help="The last day. Default: the newest.")]
Models = Annotated[
    str | None, typer.Option(help="Names, separated by commas. Default: those of env.yaml.")
]
Step = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Sessions from one origin to the next. Default: 1 for daily; for monthly the last "
        "release of each month.",
    ),
]
Window = Annotated[int | None, typer.Option(min=1, help="Sessions to fit on. Default: all before.")]
Embargo = Annotated[int, typer.Option(min=0, help="Newest sessions left out of a fit.")]
Commodity = Annotated[
    Instrument | None,
    typer.Option(
        parser=instrument,
        help="Use its calendar and hyper-parameters. Default: the one the file is named after.",
    ),
]
Calendar = Annotated[
    str | None,
    typer.Option(
        parser=calendar_name,
        help="Trading calendar, as NYSE, everyday, or a file of holidays. Default: the "
        "commodity's, or all weekdays.",
    ),
]
Covariates = Annotated[
    Path | None, typer.Option(help="Folder of CSV files named after instruments.")
]


@commands.command()
def backtest(
    csv: Csv,
    target: RequiredTarget,
    start: Start,
    out: Out,
    end: End = None,
    models: Models = None,
    step: Step = None,
    refit: Refit = 250,
    window: Window = None,
    embargo: Embargo = 0,
    commodity: Commodity = None,
    calendar: Calendar = None,
    covariates: Covariates = None,
    env: EnvFile = None,
    date_column: DateColumn = None,
    value_column: ValueColumn = None,
    decimal: DecimalSign = None,
    date_format: DateFormat = None,
) -> None:
    """Backtest models on the prices in a file; needs no database and no network."""
    from wellhead.workflows.configuration import read_configuration
    from wellhead.workflows.modelling.backtest_file import backtest_file

    plan = _plan(target, start, end, step, refit, window, embargo)
    chosen = read_configuration(env).select_models(listed(models))
    file = _file(csv, commodity, calendar, (date_column, value_column, decimal, date_format))
    result = backtest_file(file, plan, out, chosen, covariates, PrintProgress())
    _print_file(csv, result)
    _print_ratios(result)
    typer.echo(f"written: {out / 'forecasts.csv'} and {out / 'scores.csv'}")


def _file(
    csv: Path, commodity: Instrument | None, calendar: str | None, layout: tuple[str | None, ...]
) -> "PriceFile":
    from wellhead.workflows.loading.sources import layout_options
    from wellhead.workflows.modelling.backtest_file import PriceFile

    names = ("date_column", "value_column", "decimal", "date_format")
    given = layout_options(**dict(zip(names, layout, strict=True)))
    return PriceFile(csv, commodity, calendar, given)


def _plan(
    target: Target,
    start: str,
    end: str | None,
    step: int | None,
    refit: int,
    window: int | None,
    embargo: int,
) -> "BacktestPlan":
    from wellhead.workflows.modelling.backtest_file import BacktestPlan

    return BacktestPlan(
        start=start,
        end=end,
        step=step or 1,
        monthly_step=step,
        refit=refit,
        window=window,
        embargo=embargo,
        targets=(target,),
    )


def _print_file(csv: Path, result: "FileBacktest") -> None:
    """What the file was taken as, and what the gate caught in it."""
    from wellhead.catalogue.own_calendars import calendar_title
    from wellhead.workflows.quality.findings import findings

    taken_as = result.instrument.key if result.instrument else "an instrument without an entry"
    title = calendar_title(result.calendar)
    typer.echo(f"{csv} taken as {taken_as}; sessions of calendar {title}.")
    for line in findings(result.rules):
        typer.echo(line)
    if result.sessions:
        typer.echo(f"  {result.sessions}.")
    for key, day in result.outdated.items():
        typer.echo(
            f"covariate {key}: its newest value, of {day:%Y-%m-%d}, is too old for the newest "
            "prices: the models go without it from then on."
        )


def _print_ratios(result: "FileBacktest") -> None:
    titles = {
        f"MSPE ratio to no-change from the last daily price, {result.origins:,} origins": False,
        "The same without origins whose outcomes touch March to July 2020": True,
    }
    for title, without_2020 in titles.items():
        ratios = result.ratios(without_2020=without_2020)
        if not ratios.empty:
            columns = [str(name) for name in ratios]
            rows = [(row[0], *(f"{x:.3f}" for x in row[1:])) for row in ratios.itertuples()]
            console().print(table(title, ["model", *columns], rows, right=columns))
            if ratios.isna().any(axis=None):
                typer.echo(_WITHOUT_RATIO)
