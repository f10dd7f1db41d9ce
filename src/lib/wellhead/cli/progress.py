"""Progress of long work on the terminal."""

import typer


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
