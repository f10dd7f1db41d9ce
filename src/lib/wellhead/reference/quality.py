"""docs/quality.md: its tables of rules, known gaps and tolerances come from `expectations/`.

The prose of the page is written by hand. A table is between the markers
`<!-- table: expectations/NAME.yml -->` and `<!-- end of table -->`.
"""

import re
from collections.abc import Iterable

from wellhead.errors import SettingsError
from wellhead.settings import get_settings
from wellhead.validation.gaps import known_gaps
from wellhead.validation.suites import load_suite, suite_tables
from wellhead.validation.tolerances import labelled_tolerances


def quality_page() -> str:
    """The page with new tables. Raises SettingsError for a table that has no markers."""
    page = (get_settings().home / "docs" / "quality.md").read_text(encoding="utf-8")
    for name, lines in _tables().items():
        page = with_table(page, name, lines)
    return page


def with_table(page: str, name: str, lines: Iterable[str]) -> str:
    """The page with `lines` between the markers of table `name`, which must be there once."""
    begin, end = f"<!-- table: expectations/{name}.yml -->", "<!-- end of table -->"
    parts = re.split(f"({re.escape(begin)}\n).*?(?={re.escape(end)})", page, flags=re.DOTALL)
    if len(parts) != 3:
        raise SettingsError(f"docs/quality.md needs the line {begin} once, and {end} after it.")
    return "".join([parts[0], parts[1], *(f"{line}\n" for line in lines), parts[2]])


def _tables() -> dict[str, list[str]]:
    rules = {table: _rules(table) for table in suite_tables()}
    return {**rules, "known_gaps": _known_gaps(), "reconciliation": _tolerances()}


def _rules(table: str) -> list[str]:
    rules = load_suite(table).rules
    rows = [f"| {rule.name} | {rule.severity} | {rule.reason} |" for rule in rules]
    return ["| rule | severity | reason |", "|---|---|---|", *rows]


def _known_gaps() -> list[str]:
    rows = [f"| {entry.name} | {entry.reason} |" for entry in known_gaps()]
    return ["| entry | reason |", "|---|---|", *rows]


def _tolerances() -> list[str]:
    rows = [
        f"| {label} | {must.tolerance:g} | {must.share:g} | {must.reason} |"
        for label, must in labelled_tolerances()
    ]
    return ["| series | tolerance | share of days | reason |", "|---|---|---|---|", *rows]
