"""The command that backtests models on the prices in a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wellhead.catalogue.targets import Target
from wellhead.cli.options import EnvFile, Instrument, Refit, instrument, listed
from wellhead.cli.output import PrintProgress, console, table
from wellhead.errors import InputError, UnknownCommodityError

if TYPE_CHECKING:
    from wellhead.workflows.modelling.backtest_file import BacktestPlan, FileBacktest

commands = typer.Typer()

_DAILY_STEP = 4  # no multiple of five: the origins fall on every day of the week


def calendar_name(name: str) -> str:
    """The name of a trading calendar, checked. Raises InputError that lists them."""
    from wellhead.calendars import CALENDARS

    if name not in CALENDARS:
        known = ", ".join(CALENDARS)
        raise InputError(f"calendar {name!r} is not known. Choose one of: {known}.")
    return name


Csv = Annotated[Path, typer.Option(help="Daily prices: a file of date,value.")]
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
        help="Sessions from one origin to the next. Default: 4 for daily; for monthly the last "
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
        help="Trading calendar, as NYSE. Default: the commodity's, or all weekdays.",
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
) -> None:
    """Backtest models on the prices in a file; needs no database and no network."""
    from wellhead.workflows.configuration import read_configuration
    from wellhead.workflows.modelling.backtest_file import backtest_file

    plan = _plan(target, start, end, step, refit, window, embargo)
    chosen = read_configuration(env).select_models(listed(models))
    entry, progress = commodity or _named_after(csv), PrintProgress()
    result = backtest_file(
        csv, plan, out, chosen, entry, calendar=calendar, covariates=covariates, progress=progress
    )
    taken_as = entry.key if entry else "an instrument without an entry"
    typer.echo(f"{csv} taken as {taken_as}; sessions of calendar {result.calendar}.")
    for key, day in result.outdated.items():
        typer.echo(
            f"covariate {key}: its newest value, of {day:%Y-%m-%d}, is too old for the newest "
            "prices: the models go without it from then on."
        )
    _print_ratios(result)
    typer.echo(f"written: {out / 'forecasts.csv'} and {out / 'scores.csv'}")


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
        step=step or _DAILY_STEP,
        monthly_step=step,
        refit=refit,
        window=window,
        embargo=embargo,
        targets=(target,),
    )


def _named_after(csv: Path) -> Instrument | None:
    try:
        return instrument(csv.stem)
    except UnknownCommodityError:
        return None


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
