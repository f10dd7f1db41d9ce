"""Where verbs print their tables."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_WIDER_THAN_ANY_TABLE = 100_000


def console() -> "Console":
    """The terminal. In a pipe or a file a line is as long as it has to be: nothing is cut."""
    from rich.console import Console

    terminal = Console()
    return terminal if terminal.is_terminal else Console(width=_WIDER_THAN_ANY_TABLE)
