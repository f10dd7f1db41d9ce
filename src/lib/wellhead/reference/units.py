"""docs/units.md: the known units, the factors between them, and their sources."""

from wellhead.catalogue.unit_factors import AMOUNTS, CURRENCIES, HEAT_CONTENT, LEVELS, Factor
from wellhead.catalogue.units import conversion

_INTRO = (
    "A price is a currency per amount, such as `USD/bbl`; any of the currencies goes with any of "
    "the amounts. `wellhead.catalogue.units.convert` converts numbers and series of any sign, and "
    "`conversion` lists the steps. Defined factors are exact. Between volume and heat there is "
    "only EIA's average heat content of a product: a cargo differs by a few per cent, so such a "
    "conversion is marked as not exact. Conversions without a factor are refused: currencies need "
    "the exchange rate of the day, tonnes the density of the cargo, cubic feet the heat content of "
    "the gas.\n\nA table and a hundred lines "
    "do this instead of the library pint, which would add four packages for a dozen units; the "
    "factor that depends on the product, with its source, would still be outside it.\n"
)


def units_page(generated: str) -> str:
    """The units, the factors between them and the source of each."""
    levels = ", ".join(f"`{level}`" for level in LEVELS)
    parts = [
        f"# Units\n\n{generated}\n",
        _INTRO,
        _factors("Currencies", CURRENCIES),
        _factors("Amounts", AMOUNTS),
        _factors("Heat content of a barrel", HEAT_CONTENT),
        f"## Levels\n\nThese are not converted to anything: {levels}.\n",
        *_example(),
    ]
    return "\n".join(parts)


def _example() -> list[str]:
    example = conversion("cents/gal", "USD/MMBtu", "gasoline")
    steps = [
        f"| {step.text} | {float(step.factor):.10g} | {'yes' if step.exact else 'no'} "
        f"| {step.source} |"
        for step in example.steps
    ]
    call = '`conversion("cents/gal", "USD/MMBtu", "gasoline").table()`'
    return [
        "## The steps of a conversion\n",
        f"{call}; the factor is {example.factor:.10g}.\n",
        "| step | times | exact | source |",
        "|---|---|---|---|",
        *steps,
        "",
    ]


def _factors(title: str, factors: dict[str, Factor]) -> str:
    rows = [
        f"| {name} | {float(factor.amount):.10g} {factor.base} "
        f"| {'yes' if factor.exact else 'no'} | {factor.source} |"
        for name, factor in factors.items()
    ]
    return "\n".join(
        [f"## {title}\n", "| one | is | exact | source |", "|---|---|---|---|", *rows, ""]
    )
