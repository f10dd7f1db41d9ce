"""The suites of rules in `expectations/*.yml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Any, Literal

import yaml

from wellhead.validation.expectation_files import expectations_folder, read_expectations

Severity = Literal["reject", "refuse", "flag"]


@dataclass(frozen=True)
class Rule:
    """One rule: an expectation of Great Expectations, its arguments, severity and reason."""

    name: str
    check: str
    arguments: dict[str, Any]
    severity: Severity
    reason: str
    only_from_rows: int = 0
    """A rule on a series as a whole is checked only from this number of rows on."""
    unless: str = ""
    """A column: the rows that have it are left to another rule."""
    remedy: str = ""
    """What to do about a batch that is refused for it."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule looks at."""
        named = [self.arguments.get(key) for key in ("column", "column_A", "column_B")]
        return tuple(filter(None, named)) or tuple(self.arguments["column_list"])

    def filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments, with a value for each `$NAME`."""
        return {name: _filled(argument, values) for name, argument in self.arguments.items()}

    def advice(self, values: Mapping[str, Any]) -> str:
        """The remedy, with a value for each `$NAME`."""
        return Template(self.remedy).safe_substitute(values)


@dataclass(frozen=True)
class Suite:
    """The rules of one table."""

    table: str
    rules: tuple[Rule, ...] = field(default=())


def suite_tables() -> tuple[str, ...]:
    """The tables that have a suite: files of `expectations/` with the keys table and rules."""
    files = sorted(expectations_folder().glob("*.yml"))
    texts = ((path.stem, yaml.safe_load(path.read_text(encoding="utf-8"))) for path in files)
    return tuple(stem for stem, text in texts if "rules" in text)


def load_suite(table: str) -> Suite:
    """The suite of a table from `expectations/TABLE.yml`.

    Raises SettingsError that names the file and the fault.
    """
    return _load(expectations_folder() / f"{table}.yml")


@lru_cache
def _load(path: Path) -> Suite:
    return read_expectations(path, "a suite of expectations", _suite)


def _suite(document: dict[str, Any]) -> Suite:
    return Suite(document["table"], tuple(_rule(entry) for entry in document["rules"]))


def _rule(entry: dict[str, Any]) -> Rule:
    if entry["severity"] not in ("reject", "refuse", "flag"):
        raise ValueError(f"severity {entry['severity']!r} is not reject, refuse or flag")
    if not entry["reason"].strip():
        raise ValueError(f"{entry['name']} has no reason")
    return Rule(
        name=entry["name"],
        check=entry["check"],
        arguments=entry["with"],
        severity=entry["severity"],
        reason=" ".join(entry["reason"].split()),
        only_from_rows=entry.get("only_from_rows", 0),
        unless=entry.get("unless", ""),
        remedy=" ".join(entry.get("remedy", "").split()),
    )


def _filled(argument: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(argument, list):
        return [_filled(item, values) for item in argument]
    if isinstance(argument, str) and argument.startswith("$"):
        return values[argument[1:]]
    return argument
