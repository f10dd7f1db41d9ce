"""The terminal: tables, and the progress of long work."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_WIDER_THAN_ANY_TABLE = 100_000


def console() -> "Console":
    """The terminal. In a pipe or a file a line is as long as it has to be: nothing is cut."""
    from rich.console import Console

    terminal = Console()
    return terminal if terminal.is_terminal else Console(width=_WIDER_THAN_ANY_TABLE)


def table(
    title: str,
    columns: Iterable[object],
    rows: Iterable[Iterable[object]],
    *,
    right: Collection[object] = (),
) -> "Table":
    """A table for `console().print`: a heading a column, the cells of each row as text.

    Columns named in `right` are right-aligned: numbers. None is an empty cell. A cell is shown as
    it is: square brackets in it are no markup.
    """
    from rich.table import Table
    from rich.text import Text

    rendered = Table(title=title, title_justify="left")
    for name in columns:
        rendered.add_column(str(name), justify="right" if name in right else "left")
    for row in rows:
        rendered.add_row(*("" if cell is None else Text(str(cell)) for cell in row))
    return rendered


class PrintProgress:
    """A callback that prints a line to the error channel after each tenth of the work."""

    def __init__(self, unit: str = "forecasts") -> None:
        self._tenths = 0
        self._unit = unit

    def __call__(self, done: int, total: int) -> None:
        """Note that `done` of `total` units are done."""
        if (tenths := 10 * done // total) > self._tenths:
            self._tenths = tenths
            typer.echo(f"{done:,} of {total:,} {self._unit}", err=True)
