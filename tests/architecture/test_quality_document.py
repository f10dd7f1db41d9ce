"""docs/quality.md says of every rule, known gap and tolerance what the files say."""

import pytest

from tests.paths import ROOT
from wellhead.validation.gaps import known_gaps
from wellhead.validation.suites import load_suite, suite_tables
from wellhead.validation.tolerances import basis_pairs, same_instrument

PAGE = (ROOT / "docs" / "quality.md").read_text()


@pytest.mark.parametrize("table", suite_tables())
def test_every_rule_stands_there_with_its_severity_and_reason(table: str) -> None:
    for rule in load_suite(table).rules:
        assert f"| {rule.name} | {rule.severity} | {rule.reason} |" in PAGE, rule.name


def test_no_rule_stands_there_that_is_gone() -> None:
    rules = {rule.name for table in suite_tables() for rule in load_suite(table).rules}
    severities = (" | reject | ", " | refuse | ", " | flag | ")
    rows = [line for line in PAGE.splitlines() if any(word in line for word in severities)]
    assert {row.split(" | ")[0].removeprefix("| ") for row in rows} == rules


def test_every_known_gap_and_tolerance_stands_there_with_its_reason() -> None:
    for entry in known_gaps():
        assert f"| {entry.name} | {entry.reason} |" in PAGE, entry.name
    for (left, right), must in basis_pairs().items():
        assert (
            f"| {left} and {right} | {must.tolerance:g} | {must.share:g} | {must.reason} |" in PAGE
        )
    for must in same_instrument().values():
        assert f"| {must.tolerance:g} | {must.share:g} | {must.reason} |" in PAGE
