"""The command that searches for better hyper-parameters on the past."""

from typing import TYPE_CHECKING, Annotated

import typer

from wellhead.catalogue.targets import Target
from wellhead.cli.terminal.options import (
    CommodityOption,
    EnvFile,
    Refit,
    SourceName,
    TargetOption,
    listed,
)
from wellhead.cli.terminal.output import PrintProgress, console, table

if TYPE_CHECKING:
    import pandas as pd

    from wellhead.workflows.modelling.tuning_result import Tuning

commands = typer.Typer()


Model = Annotated[str, typer.Argument(help="The model, as in env.yaml.")]
Before = Annotated[
    str | None,
    typer.Option(
        metavar="DAY",
        help="Use what was known before this day, YYYY-MM-DD. Default: the start of the backtest "
        "in env.yaml.",
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="DAY", help="First day to forecast from. Default: after five years of prices."
    ),
]
Only = Annotated[
    str | None,
    typer.Option(help="Hyper-parameters to search, separated by commas. Default: all."),
]
TrialCount = Annotated[int, typer.Option(min=2, help="Sets to try, the present one first.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed draws the same sets.")]
Folds = Annotated[int, typer.Option(min=1, help="Parts the past is cut into.")]
Step = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Sessions from one origin to the next. Default: 8 for daily; for monthly the last "
        "release of each month.",
    ),
]


@commands.command()
def tune(
    model: Model,
    commodity: CommodityOption,
    before: Before = None,
    since: Since = None,
    target: TargetOption = Target.DAILY,
    only: Only = None,
    trials: TrialCount = 40,
    seed: Seed = 0,
    folds: Folds = 6,
    step: Step = None,
    refit: Refit = 250,
    source: SourceName = None,
    env: EnvFile = None,
) -> None:
    """Search for better hyper-parameters of a model on the past. Changes nothing: prints what to
    write into env.yaml, and whether there is a reason to."""
    from wellhead.workflows.configuration import read_configuration
    from wellhead.workflows.modelling.tuning import TuningOptions
    from wellhead.workflows.modelling.tuning import tune as search
    from wellhead.workflows.stored_source import source_to_read

    options = TuningOptions(
        before, since, target, listed(only), trials, seed, folds, step=step, refit=refit
    )
    configuration, key = read_configuration(env), source_to_read(commodity, source)
    progress = PrintProgress("trials")
    _print_tuning(
        search(configuration, commodity, model, key, options, processes=None, progress=progress)
    )


def _print_tuning(tuning: "Tuning") -> None:
    trials = tuning.trials
    typer.echo(tuning.summary)
    _print_table("The best sets and the present one", tuning.candidates())
    _print_table("MSPE ratio to no-change, by horizon", trials.by_horizon().reset_index(names=""))
    _print_table("MSPE ratio by fold, mean of the horizons", trials.by_fold())
    typer.echo(trials.conclusion)
    if trials.best is not trials.present:
        typer.echo("Nothing has been changed. In env.yaml the best set would be:")
        typer.echo(tuning.lines, nl=False)


def _print_table(title: str, rows: "pd.DataFrame") -> None:
    cells = (map(_cell, row) for row in rows.itertuples(index=False))
    console().print(table(title, rows, cells, right=list(rows)))


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
