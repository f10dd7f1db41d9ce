"""Options that several verbs share."""

from typing import Annotated

import typer

SourceName = Annotated[
    str | None, typer.Option(help="Where prices come from. Default: the setting.")
]
