"""Options that several commands share. Names are resolved here, once: to typed values, or
to keys where a command takes them as filters of a table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wellhead.catalogue.targets import Target

if TYPE_CHECKING:
    from wellhead.catalogue.instruments import Instrument as Instrument

    Instruments = tuple[Instrument, ...]
else:  # Typer needs only some type, and the catalogue takes half a second to import
    Instrument = Instruments = str

SourceName = Annotated[
    str | None,
    typer.Option(
        help="The source of the prices, or `auto`: fred where it answers, else the archive. "
        "Default: that of the settings, which is `auto` unless WELLHEAD_SOURCE is set."
    ),
]
EnvFile = Annotated[
    Path | None,
    typer.Option("--env", help="A configuration. Default: env.yaml of the project folder."),
]
TargetOption = Annotated[
    Target, typer.Option("--target", help="Prices of coming sessions, or averages of months.")
]
Refit = Annotated[int, typer.Option(min=1, help="Sessions from one fit to the next.")]
DateColumn = Annotated[
    str | None, typer.Option(metavar="NAME", help="The column of dates in a file.")
]
ValueColumn = Annotated[
    str | None, typer.Option(metavar="NAME", help="The column of prices in a file.")
]
DecimalSign = Annotated[
    str | None, typer.Option(metavar="SIGN", help="The decimal sign in a file: a point or a comma.")
]
DateFormat = Annotated[
    str | None, typer.Option(metavar="FORMAT", help="How a file writes dates, as %d/%m/%Y.")
]


def listed(text: str | None) -> list[str] | None:
    """The names in a text, separated by commas; None if there is none."""
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    return names or None


def instrument(name: str) -> Instrument:
    """The instrument with this name. Raises UnknownCommodityError."""
    from wellhead.catalogue.lookup import find_instrument

    return find_instrument(name)


def instruments(names: str) -> Instruments | None:
    """The instruments in a list of names; None if it is empty. Raises UnknownCommodityError."""
    from wellhead.catalogue.lookup import find_instruments

    return find_instruments(listed(names) or []) or None


CommodityArgument = Annotated[
    Instrument, typer.Argument(parser=instrument, help="The instrument, as WTI.")
]
CommodityOption = Annotated[Instrument, typer.Option(parser=instrument, help="The instrument.")]
Commodities = Annotated[
    Instruments | None,
    typer.Option(parser=instruments, help="What to forecast, separated by commas."),
]


def known_instrument(name: str | None) -> str | None:
    """The key of the instrument with this name, if one is given."""
    return instrument(name).key if name else None


def known_source(key: str | None) -> str | None:
    """The key, if one is given. Raises UnknownSourceError, which lists the sources."""
    from wellhead.workflows.loading.sources import source_key

    return source_key(key) if key else None


def source_to_load(named: str | None) -> str:
    """The key of the source to load from: the named one, that of the settings, or by `auto`.

    Prints what `auto` has chosen, and why.
    """
    from wellhead.workflows.loading.choice import choose_source

    chosen = choose_source(named)
    if chosen.reason:
        typer.echo(chosen.reason)
    return chosen.source


OfInstrument = Annotated[
    str | None,
    typer.Option("--commodity", callback=known_instrument, help="Of this instrument alone."),
]
OfSource = Annotated[
    str | None, typer.Option("--source", callback=known_source, help="Of this source alone.")
]
