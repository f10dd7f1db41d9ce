"""The verb that searches for better hyper-parameters on the past."""

from typing import TYPE_CHECKING, Annotated

import typer

from wellhead.catalogue.targets import Target
from wellhead.cli.options import Refit, SourceName, listed

if TYPE_CHECKING:
    import pandas as pd

    from wellhead.workflows.modelling.tuning import Tuning

verbs = typer.Typer()


@verbs.command()
def tune(
    model: Annotated[str, typer.Argument(help="The model, as in env.yaml.")],
    commodity: Annotated[str, typer.Option(help="The instrument.")],
    before: Annotated[
        str | None,
        typer.Option(
            metavar="DAY",
            help="Learn from what was known before this day: YYYY-MM-DD. Default: the start of "
            "the backtest in env.yaml.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DAY", help="First day to forecast from. Default: after five years of prices."
        ),
    ] = None,
    target: Annotated[
        Target, typer.Option(help="Prices of coming sessions, or averages of months.")
    ] = Target.DAILY,
    only: Annotated[
        str | None,
        typer.Option(help="Hyper-parameters to search, separated by commas. Default: all."),
    ] = None,
    trials: Annotated[int, typer.Option(min=2, help="Sets to try, the present one first.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same sets.")] = 0,
    folds: Annotated[int, typer.Option(min=1, help="Parts that the past is cut into.")] = 6,
    step: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Sessions from one origin to the next. Default: 8 for days; for months the last "
            "release of each.",
        ),
    ] = None,
    refit: Refit = 250,
    source: SourceName = None,
) -> None:
    """Search for better hyper-parameters of a model on the past. Changes nothing: prints what to
    write into env.yaml, and whether there is a reason to."""
    from wellhead.cli.backtest import PrintProgress
    from wellhead.settings import get_settings
    from wellhead.workflows.modelling.tuning import tune as search

    found = search(
        commodity, model, source or get_settings().source, before=before, since=since,
        target=target, only=listed(only), trials=trials, seed=seed, folds=folds,
        step=step, refit=refit, processes=None, progress=PrintProgress("trials"),
    )  # fmt: skip
    _tell(found)


def _tell(found: "Tuning") -> None:
    typer.echo(found.told)
    _show("The best and the present set", found.candidates())
    _show("MSPE ratio to no-change, by horizon", found.trials.by_horizon().reset_index(names=""))
    _show("The same by fold, mean of the horizons", found.trials.by_fold())
    typer.echo(found.trials.conclusion)
    if found.trials.best is not found.trials.present:
        typer.echo("Nothing has been changed. In env.yaml the best found would be:")
        typer.echo(found.lines, nl=False)


def _show(title: str, rows: "pd.DataFrame") -> None:
    from rich.table import Table

    from wellhead.cli.output import console

    table = Table(title=title, title_justify="left")
    for name in rows:
        table.add_column(str(name), justify="right")
    for row in rows.itertuples(index=False):
        table.add_row(*map(_cell, row))
    console().print(table)


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
