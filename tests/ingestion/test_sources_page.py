"""docs/sources.md says what the code says: its two tables are compared with the cards."""

import pytest

from tests.paths import ROOT
from wellhead.catalogue.contracts import parse_contract
from wellhead.catalogue.lookup import find_instrument
from wellhead.ingestion import cftc, eia, fred, fred_graph, responses, yahoo
from wellhead.ingestion.pacing import ATTEMPTS, LONGEST_WAIT, PATIENCE
from wellhead.ingestion.registry import SOURCES, get_source

PAGE = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
# Dated contracts are made by rule: the page has none of them.
CODES = {
    source: {k: code for k, code in get_source(source).codes().items() if not parse_contract(k)}
    for source in ("eia", "fred", "alfred", "cftc", "yahoo")
}


def card_row(key: str) -> str:
    card = get_source(key).card
    every = {**card.release_rule, **card.release_exceptions}
    rules = ", ".join(f"{what}: {rule}" for what, rule in every.items())
    return (
        f"| `{key}` | {card.title} | {card.url} | {card.licence} | {card.update} "
        f"| {card.revisions} | {rules} |"
    )


def series_rows(source: str) -> list[str]:
    carried = get_source(source).carries()
    return [
        f"| `{source}` | {key} | `{code}` | {', '.join(carried[key])} "
        f"| {find_instrument(key).unit} |"
        for key, code in CODES[source].items()
    ]


@pytest.mark.parametrize("key", SOURCES)
def test_every_card_is_on_the_page(key: str) -> None:
    assert card_row(key) in PAGE, f"write into docs/sources.md:\n{card_row(key)}"


@pytest.mark.parametrize("key", SOURCES)
def test_every_look_back_is_on_the_page_with_its_reason(key: str) -> None:
    for frequency, (days, reason) in get_source(key).card.look_back.items():
        row = f"| `{key}` | {frequency} | {days} days | {reason} |"
        assert row in PAGE, f"write into docs/sources.md:\n{row}"


@pytest.mark.parametrize("source", CODES)
def test_every_code_is_on_the_page(source: str) -> None:
    expected = series_rows(source)
    written = [line for line in PAGE.splitlines() if line in set(expected)]
    assert written == expected, "write into docs/sources.md:\n" + "\n".join(expected)
    carried = get_source(source).carries()
    assert set(CODES[source]) == {key for key in carried if not parse_contract(key)}


def test_the_pace_and_the_patience_are_on_the_page() -> None:
    paces = {
        "`eia`": eia.PACE,
        "`fred` with a key": fred.PACE,
        "`fred` without a key": fred_graph.PACE,
        "`cftc`": cftc.PACE,
        "`yahoo`": yahoo.PACE,
    }
    for source, pace in paces.items():
        assert f"| {source} | one request in {pace.spacing:g} s |" in PAGE
    assert f"at most {ATTEMPTS} times" in PAGE
    for seconds in (LONGEST_WAIT, PATIENCE, responses.DEADLINE):
        assert f"{seconds:g} s" in PAGE
    assert f"{responses.LARGEST // 2**20} MiB" in PAGE
