"""docs/catalogue.md and docs/units.md: the catalogue joined with the sources' codes; the factors.

A code stands in the module of its source and nowhere else, for it is asked for there; this page
brings them together.
"""

from functools import lru_cache

from wellhead.catalogue.contracts import Contract, parse_contract
from wellhead.catalogue.entries import built_in
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.roots import ROOTS
from wellhead.catalogue.unit_factors import AMOUNTS, CURRENCIES, HEAT_CONTENT, LEVELS, Factor
from wellhead.catalogue.units import conversion
from wellhead.ingestion.registry import SOURCES, get_source

_HEAD = (
    "| key | instrument | kind | unit | currency | calendar | time zone | release lag, days "
    "| plausible | typical | codes | owner, terms |"
)


def catalogue_page(made: str) -> str:
    """One table for each underlying, then the rules of the dated contracts."""
    by_underlying: dict[str, list[Instrument]] = {}
    for instrument in built_in().values():
        by_underlying.setdefault(instrument.underlying, []).append(instrument)
    intro = (
        "Every instrument, by what it is a price or a measure of. `kind`: spot; settle of the "
        "contract so many places from delivery; front (month after month, unadjusted for rolls: "
        "no spot price, and not what a holder earned); contract (one dated future); average; "
        "index; rate; stocks. The release lag is what passes between the end of a day (week, "
        "month) and its publication by the owner, shortest and longest; what each source makes "
        "of it stands on its [card](sources.md). No value outside the plausible bounds is "
        "stored, and no year whose median lies outside the typical ones. The conversion of "
        "[units](units.md) can be audited.\n\nInstruments of your own are described in an "
        "`instruments.yml` beside your CSV files; the first load remembers the description in "
        "`var/instruments.yml`, so that dashboards and API know it without the folder. Its unit "
        "cannot be changed afterwards: give the series another key.\n"
    )
    tables = [_family(name, members) for name, members in by_underlying.items()]
    return "\n".join([f"# Catalogue\n\n{made}\n", intro, *tables, _contracts()])


def _family(name: str, members: list[Instrument]) -> str:
    rows = "\n".join(map(_row, members))
    return f"## {name}\n\n{_HEAD}\n{'|---' * 12}|\n{rows}\n"


def _row(instrument: Instrument) -> str:
    typical = instrument.typical or instrument.plausible
    return (
        f"| {instrument.key} | {instrument.name} | {instrument.kind} | {instrument.unit} "
        f"| {instrument.currency or ''} | {instrument.calendar} | {instrument.time_zone} "
        f"| {_span(instrument.release_lag)} | {_span(instrument.plausible)} | {_span(typical)} "
        f"| {_codes(instrument.key)} | {instrument.licence} |"
    )


def _span(bounds: tuple[float, float] | None) -> str:
    return "" if bounds is None else f"{bounds[0]:,} to {bounds[1]:,}".replace(".0", "")


def _codes(key: str) -> str:
    by_source = _codes_by_source().items()
    return ", ".join(f"{source} `{codes[key]}`" for source, codes in by_source if key in codes)


@lru_cache
def _codes_by_source() -> dict[str, dict[str, str]]:
    """What upstreams call our instruments; files and shipped data go by our own keys."""
    found = {source: get_source(source).codes() for source in SOURCES if source != "csv"}
    return {
        source: {key: code for key, code in codes.items() if code != key}
        for source, codes in found.items()
    }


def _contracts() -> str:
    example = parse_contract("CLZ26")
    assert isinstance(example, Contract)  # noqa: S101 - for the type checker
    head = "| market | root | tick | last trading day | holds from delivery | rule at |"
    rows = [
        f"| {market} | `{root.code}` | {root.tick:g} | {root.rule} | {root.first} "
        f"| [CME]({root.chapter}) |"
        for market, root in ROOTS.items()
    ]
    text = (
        f"They are not listed above but made by rule: `{example.key}` ({example.code} at NYMEX, "
        f"`{example.symbol}` at Yahoo) is WTI for delivery in December 2026, and its last trading "
        f"day is {example.expiry.date()}. Unit, bounds and calendar are those of the front month. "
        "All five roots trade at NYMEX; business days are those on which it settles (calendar "
        "NYMEX; for BZ London's). Before 2012, when the Friday after Thanksgiving was no business "
        "day, a last day can differ by one.\n\n`wellhead curve WTI --load` loads the contracts "
        "that source `yahoo` carries (as many as `WELLHEAD_FUTURES_MONTHS` says) and shows the "
        "curve; `wellhead curve WTI --date 2026-11-02 --as-of 2026-11-03` shows that of another "
        "day as it was known then. Days and sources are never mixed: a contract that was not "
        "quoted that day is absent, and named.\n"
    )
    return "\n".join(["## Dated contracts\n", text, head, "|---" * 6 + "|", *rows, ""])


def units_page(made: str) -> str:
    """The units there are, the factors between them and where each is written."""
    example = conversion("cents/gal", "USD/MMBtu", "gasoline")
    steps = [
        f"| {step.text} | {float(step.factor):.10g} | {'yes' if step.exact else 'no'} "
        f"| {step.source} |"
        for step in example.steps
    ]
    intro = (
        "A price is a currency by an amount, as `USD/bbl`; any of the currencies goes with any of "
        "the amounts. `wellhead.catalogue.units.convert` converts numbers and series of any sign, "
        "and `conversion` shows the steps. What is defined is exact. Between volume and heat "
        "there is only EIA's average heat content of a product: a cargo differs by some per cent, "
        "so such a conversion says that it is not exact. What lacks a factor is refused: "
        "currencies need the day's rate, tonnes the density of the cargo.\n\nA table and a hundred "
        "lines do "
        "this rather than the library pint: it would bring four packages to compose a dozen "
        "units, and a factor that depends on the product, with its source, stands outside it.\n"
    )
    levels = ", ".join(f"`{level}`" for level in LEVELS)
    return "\n".join(
        [
            f"# Units\n\n{made}\n", intro,
            _factors("Currencies", CURRENCIES), _factors("Amounts", AMOUNTS),
            _factors("Heat content of a barrel", HEAT_CONTENT),
            f"## Levels\n\nThese measure themselves and convert to nothing: {levels}.\n",
            "## What an audit looks like\n",
            f"`conversion(\"cents/gal\", \"USD/MMBtu\", \"gasoline\").table()`; the factor is "
            f"{example.factor:.10g}.\n",
            "| step | times | exact | source |", "|---|---|---|---|", *steps, "",
        ]
    )  # fmt: skip


def _factors(title: str, factors: dict[str, Factor]) -> str:
    rows = [
        f"| {name} | {float(factor.amount):.10g} {factor.base} "
        f"| {'yes' if factor.exact else 'no'} | {factor.source} |"
        for name, factor in factors.items()
    ]
    return "\n".join(
        [f"## {title}\n", "| one | is | exact | source |", "|---|---|---|---|", *rows, ""]
    )
