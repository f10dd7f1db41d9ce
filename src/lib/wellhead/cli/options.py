"""Options that several verbs share."""

from typing import Annotated

import typer

SourceName = Annotated[
    str | None, typer.Option(help="Where prices come from. Default: the setting.")
]

Refit = Annotated[int, typer.Option(min=1, help="Sessions from fit to fit.")]


def known_instrument(name: str | None) -> str | None:
    """The key of an instrument; a name that nobody knows is an error, not an empty answer."""
    from wellhead.catalogue.lookup import find_instrument

    return find_instrument(name).key if name else None


def known_source(key: str | None) -> str | None:
    from wellhead.workflows.loading.sources import source_key

    return source_key(key) if key else None


OfInstrument = Annotated[
    str | None,
    typer.Option("--commodity", callback=known_instrument, help="Of this instrument alone."),
]
OfSource = Annotated[
    str | None, typer.Option("--source", callback=known_source, help="Of this source alone.")
]


def listed(text: str | None) -> list[str] | None:
    """The names in a text, separated by commas; None where there is none."""
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    return names or None
