"""Options that several verbs share."""

from typing import Annotated

import typer

SourceName = Annotated[
    str | None, typer.Option(help="Where prices come from. Default: the setting.")
]


def listed(text: str | None) -> list[str] | None:
    """The names in a text, separated by commas; None where there is none."""
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    return names or None
