"""Find an instrument by name.

An instrument is anything with a price or level: a commodity to forecast, or a covariate. Its codes
at a source are in that source's own module; docs/catalogue.md joins them.
"""

from collections.abc import Iterable

from wellhead.catalogue.contracts import parse_contract
from wellhead.catalogue.entries import catalogue
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.markets import contract_instrument
from wellhead.errors import UnknownCommodityError


def find_instrument(name: str) -> Instrument:
    """The instrument called `name`.

    `name` is its key in upper or lower case, an alias such as the name of a file, or the key, code
    or symbol of a dated contract (WTI_2026_12, CLZ26, CLZ26.NYM).

    Raises UnknownCommodityError with the keys that exist.
    """
    known, wanted = catalogue(), str(name).strip()
    if wanted.upper() in known:
        return known[wanted.upper()]
    for instrument in known.values():
        if wanted.lower() in map(str.lower, instrument.aliases):
            return instrument
    if contract := parse_contract(wanted):
        return contract_instrument(contract)
    raise UnknownCommodityError(
        f"commodity {name!r} is not in the catalogue. Choose one of: {', '.join(known)}. "
        "A dated future is written WTI_2026_12 or CLZ26."
    )


def find_instruments(names: Iterable[str]) -> tuple[Instrument, ...]:
    """The instruments with these names, each once. Raises as `find_instrument`."""
    found = [find_instrument(name) for name in names]
    return tuple({instrument.key: instrument for instrument in found}.values())
