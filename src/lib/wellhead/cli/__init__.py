"""The command line: `wellhead COMMAND`. Every target of the Makefile calls a command."""

import sys
import traceback
from types import TracebackType

import typer

from wellhead.cli import (
    backtest,
    champion,
    checks,
    curve,
    data,
    database,
    develop,
    keys,
    main_job,
    quarantine,
    servers,
    steo,
    tune,
)
from wellhead.errors import WellheadError
from wellhead.library_imports import speed_up_imports
from wellhead.library_warnings import hide_library_warnings
from wellhead.masking import masked

app = typer.Typer(
    help="Energy-commodity prices: ingest, validate, model, forecast, publish.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
GROUPS = (
    main_job,
    champion,
    backtest,
    tune,
    data,
    checks,
    quarantine,
    curve,
    steo,
    database,
    servers,
    keys,
    develop,
)
for group in GROUPS:
    app.add_typer(group.commands)


def main() -> None:
    """Entry point: a WellheadError becomes one line and an exit code, without a traceback."""
    speed_up_imports()
    hide_library_warnings()
    sys.excepthook = _print_masked
    try:
        app(standalone_mode=True)
    except WellheadError as error:
        typer.secho(f"error: {error}", err=True, fg="red")
        sys.exit(error.exit_code)


def _print_masked(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """The traceback of an error that nobody expected, without secrets."""
    sys.stderr.write(masked("".join(traceback.format_exception(kind, error, trace))))
