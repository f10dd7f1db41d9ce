"""docs/catalogue.md: the catalogue joined with the codes of the sources.

A code is kept in the module of its source and nowhere else; this page brings them together.
"""

from functools import lru_cache

import pandas as pd

from wellhead.catalogue.contracts import Contract
from wellhead.catalogue.entries import built_in
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.names import LONGEST_KEY, LONGEST_TEXT
from wellhead.catalogue.roots import ROOTS
from wellhead.ingestion.registry import SOURCES, get_source

_HEAD = (
    "| key | instrument | kind | unit | currency | calendar | time zone | release lag, days "
    "| plausible | typical | codes | owner, terms |"
)
_INTRO = (
    "All instruments, grouped by what they are a price or a measure of. `kind`: spot; settle "
    "(settlement price of the contract at a fixed place from delivery); front (front month, one "
    "contract after another, unadjusted for rolls: not a spot price, and not what a holder "
    "earned); contract (one dated future); average; index; rate; stocks; positions. The release "
    "lag is the shortest and longest time between the end of a day (week, month) and its "
    "publication by the owner; the [card](sources.md) of each source gives its own rule. "
    "No value outside the plausible bounds is stored, and no year whose median lies "
    "outside the typical bounds. [Units](units.md) lists the factors of all conversions.\n\n"
    "Describe your own instruments in an `instruments.yml` in the folder of your CSV files. The "
    "first load copies the description to `var/instruments.yml`, so that dashboards and API know "
    "it without the folder. Its unit cannot change afterwards: give the series another key. A key "
    f"is a capital letter, then capital letters, digits or _, {LONGEST_KEY} at most; names are one "
    f"line of {LONGEST_TEXT} characters at most. A word that Windows, YAML or pandas reads as "
    "something else (CON, NO, NA) and the key of a dated contract are refused.\n"
)


def catalogue_page(generated: str) -> str:
    """One table for each underlying, then the rules of the dated contracts."""
    by_underlying: dict[str, list[Instrument]] = {}
    for instrument in built_in().values():
        by_underlying.setdefault(instrument.underlying, []).append(instrument)
    tables = [_table(name, members) for name, members in by_underlying.items()]
    return "\n".join([f"# Catalogue\n\n{generated}\n", _INTRO, *tables, _contracts()])


def _table(name: str, members: list[Instrument]) -> str:
    rows = "\n".join(map(_row, members))
    return f"## {name}\n\n{_HEAD}\n{'|---' * 12}|\n{rows}\n"


def _row(instrument: Instrument) -> str:
    typical = instrument.typical or instrument.plausible
    return (
        f"| {instrument.key} | {instrument.name} | {instrument.kind} | {instrument.unit} "
        f"| {instrument.currency or ''} | {instrument.calendar} | {instrument.time_zone} "
        f"| {_range(instrument.release_lag)} | {_range(instrument.plausible)} | {_range(typical)} "
        f"| {_codes(instrument.key)} | {instrument.licence} |"
    )


def _range(bounds: tuple[float, float] | None) -> str:
    return "" if bounds is None else f"{bounds[0]:,} to {bounds[1]:,}".replace(".0", "")


def _codes(key: str) -> str:
    by_source = _codes_by_source().items()
    return ", ".join(f"{source} `{codes[key]}`" for source, codes in by_source if key in codes)


@lru_cache
def _codes_by_source() -> dict[str, dict[str, str]]:
    """Source -> key -> the source's code, where it differs from the key."""
    by_source = {source: get_source(source).codes() for source in SOURCES if source != "csv"}
    return {
        source: {key: code for key, code in codes.items() if code != key}
        for source, codes in by_source.items()
    }


def _contracts() -> str:
    example = Contract("WTI", pd.Period("2026-12", "M"))
    text = (
        f"They are derived by rule and not listed above: `{example.key}` ({example.code} at NYMEX, "
        f"`{example.symbol}` at Yahoo) is WTI for delivery in December 2026, and its last trading "
        f"day is {example.expiry.date()}. Unit, bounds and calendar are those of the front month. "
        "All five roots trade at NYMEX; business days are those on which it settles (calendar "
        "NYMEX; for BZ London's). Before 2012, when the Friday after Thanksgiving was no business "
        "day, a last day can differ by one.\n\n`wellhead curve WTI --load` loads the contracts "
        "that source `yahoo` carries (their number is set by `WELLHEAD_FUTURES_MONTHS`) and shows "
        "the curve; `wellhead curve WTI --date 2026-11-02 --as-of 2026-11-03` shows the curve of "
        "another day as it was known then. Days and sources are never mixed: a contract without a "
        "quote of the day is listed as absent.\n"
    )
    head = "| market | root | tick | last trading day | valid from delivery | rule at |"
    rows = [
        f"| {market} | `{root.code}` | {root.tick:g} | {root.rule} | {root.first} "
        f"| [CME]({root.chapter}) |"
        for market, root in ROOTS.items()
    ]
    return "\n".join(["## Dated contracts\n", text, head, "|---" * 6 + "|", *rows, ""])
