"""The gate: a batch is validated by the suite of its table before a row of it is written."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from wellhead.errors import ValidationRefusedError
from wellhead.settings import get_settings
from wellhead.validation.gx import Check, rows_caught
from wellhead.validation.observed import applies, distinct, examples, first, observed
from wellhead.validation.suites import Rule, load_suite


@dataclass(frozen=True)
class ValidationResult:
    """The result of a validation.

    `score`: the share of rows that pass every rejecting rule (1.0 for no rows). `passed`: the rows
    that pass. `caught`: one row a (row_number, rule) of the rejected rows; row_number is the
    position in the batch. `results`: one row a rule: rule, severity, checked (rows), caught (rows),
    reason, observed (the range of the rule's column, as text), examples (up to three of the
    caught values), and, for messages, cells (the distinct ones caught), first (row caught) and
    remedy.
    """

    score: float
    passed: pd.DataFrame
    caught: pd.DataFrame
    results: pd.DataFrame

    @property
    def refusing(self) -> list[str]:
        """Names of the failed rules that refuse a batch whatever its score."""
        failed = self.results.query("severity == 'refuse' and caught > 0")
        return list(failed["rule"])

    @property
    def failures(self) -> dict[str, int]:
        """Rows caught by each failed rule that rejects or refuses."""
        failed = self.results.query("severity != 'flag' and caught > 0")
        return {str(name): int(n) for name, n in zip(failed["rule"], failed["caught"], strict=True)}


def validate(table: str, rows: pd.DataFrame, **values: Any) -> ValidationResult:
    """Validate rows, rule columns included, by the suite of a table.

    Call the function of the table (`validate_features` and so on), which makes the rule columns.
    `values` fill in the suite's `$NAME`s.
    """
    frame, rules = rows.reset_index(drop=True), load_suite(table).rules
    applied = [rule for rule in rules if applies(rule, frame)]
    checks = [Check(rule.name, rule.check, rule.filled(values)) for rule in applied]
    found = rows_caught(checks, frame)
    caught_by = {rule.name: _without_exempt(rule, frame, found[rule.name]) for rule in applied}
    caught = _rejected(applied, caught_by)
    passed = frame[~frame.index.isin(caught["row_number"])]
    score = len(passed) / len(frame) if len(frame) else 1.0
    results = [
        _result(rule, frame, caught_by.get(rule.name)) | {"remedy": rule.advice(values)}
        for rule in rules
    ]
    return ValidationResult(score, passed, caught, pd.DataFrame(results))


def _without_exempt(rule: Rule, frame: pd.DataFrame, caught: list[int]) -> list[int]:
    exempt = set(frame.index[frame[rule.unless].notna()]) if rule.unless else set()
    return [number for number in caught if number not in exempt]


def _rejected(rules: list[Rule], caught_by: dict[str, list[int]]) -> pd.DataFrame:
    """One row a (row_number, rule) of the rejecting rules."""
    caught = [
        (number, rule.name)
        for rule in rules
        if rule.severity == "reject"
        for number in caught_by[rule.name]
    ]
    return pd.DataFrame(caught, columns=["row_number", "rule"]).astype({"row_number": int})


def _result(rule: Rule, frame: pd.DataFrame, caught: list[int] | None) -> dict[str, Any]:
    """The result of one rule; `caught` is None where there was nothing to check."""
    return {
        "rule": rule.name,
        "severity": rule.severity,
        "checked": 0 if caught is None else len(frame),
        "caught": len(caught or ()),
        "reason": rule.reason,
        "observed": "" if caught is None else observed(rule, frame),
        "examples": examples(rule, frame, caught or []),
        "cells": distinct(rule, frame, caught or []),
        "first": first(frame, caught or []),
    }


def require(
    result: ValidationResult, subject: str, consequence: str = "Nothing of it was stored."
) -> None:
    """Refuse a batch whose score misses the target, or that fails a refusing rule.

    Raises ValidationRefusedError with the failed rules, their counts, what they caught and what to
    do about it. Store nothing then.
    """
    target = get_settings().quality_target
    if result.score >= target and not result.refusing:
        return
    failures = ", ".join(f"{rule} ({count} rows)" for rule, count in result.failures.items())
    missed = f": {result.score:.2%} of its rows pass, the target is {100 * target:.4g}%"
    raise ValidationRefusedError(
        f"{subject} refused{missed if result.score < target else ''}. "
        f"Failing: {failures}. {_details(result)}{consequence}",
        score=result.score,
        failures=result.failures,
    )


def _details(result: ValidationResult) -> str:
    """For each failed rule, what it caught and its remedy, as sentences."""
    failed = result.results[result.results["rule"].isin(list(result.failures))]
    return "".join(
        f"{row['rule']}: {part}. " if part else ""
        for row in failed.to_dict("records")
        if (part := ". ".join(filter(None, (caught_text(row), row["remedy"].rstrip(".")))))
    )


def caught_text(result: dict[Any, Any]) -> str:
    """What a rule caught, from its row of `results`: the distinct cells, else its first row."""
    return str(result["cells"] or (result["first"] and f"such as {result['first']}"))
