"""Options that several verbs share."""

import enum
from typing import Annotated

import typer

SourceName = Annotated[
    str | None, typer.Option(help="Where prices come from. Default: the setting.")
]


class Target(enum.StrEnum):
    """What is forecast."""

    daily = "daily"
    monthly = "monthly"


def listed(text: str | None) -> list[str] | None:
    """The names in a text, separated by commas; None where there is none."""
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    return names or None
