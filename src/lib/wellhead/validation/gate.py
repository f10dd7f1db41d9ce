"""The gate: a batch passes Great Expectations before a row of it is written."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from wellhead.errors import ValidationRefusedError
from wellhead.settings import get_settings
from wellhead.validation.observed import applies, examples, observed
from wellhead.validation.suites import Rule, Suite, load_suite


@dataclass(frozen=True)
class ValidationResult:
    """What the gate found in a batch.

    `score` is the share of rows that pass every rejecting rule (1.0 for no rows). `results`: one
    row a rule: rule, severity, checked, caught, reason, observed (the range of what it looked at,
    as text) and examples (up to three of the values it caught). `caught`: one row a (row_number,
    rule) of the rejected rows. `passed`: the rows that pass, as they were given.
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
        """Rows caught by each rule that is not a mere flag."""
        failed = self.results.query("severity != 'flag' and caught > 0")
        return {str(name): int(n) for name, n in zip(failed["rule"], failed["caught"], strict=True)}


def validate(table: str, rows: pd.DataFrame, **catalogue: Any) -> ValidationResult:
    """Check rows against the suite of a table. `catalogue` fills in the suite's `$NAMES`."""
    suite, frame = load_suite(table), rows.reset_index(drop=True)
    rules = [rule for rule in suite.rules if applies(rule, frame)]
    found = _run(Suite(suite.table, tuple(rules)), frame, catalogue) if rules else {}
    results = [
        {
            "rule": rule.name,
            "severity": rule.severity,
            "checked": len(frame) if rule in rules else 0,
            "caught": len(found.get(rule.name, ())),
            "reason": rule.reason,
            "observed": observed(rule, frame) if rule in rules else "",
            "examples": examples(rule, frame, found.get(rule.name, [])),
        }
        for rule in suite.rules
    ]
    caught = [
        {"row_number": number, "rule": rule.name}
        for rule in rules
        if rule.severity == "reject"
        for number in found[rule.name]
    ]
    caught_rows = pd.DataFrame(caught, columns=["row_number", "rule"]).astype({"row_number": int})
    passed = frame[~frame.index.isin(caught_rows["row_number"])]
    score = len(passed) / len(frame) if len(frame) else 1.0
    return ValidationResult(score, passed, caught_rows, pd.DataFrame(results))


def require(result: ValidationResult, subject: str) -> None:
    """Raise ValidationRefusedError, with rules and counts, unless the batch reaches the target."""
    target = get_settings().quality_target
    if result.score >= target and not result.refusing:
        return
    failures = ", ".join(f"{rule} ({count} rows)" for rule, count in result.failures.items())
    raise ValidationRefusedError(
        f"{subject} refused: {result.score:.2%} of its rows pass, the target is "
        f"{100 * target:.4g}%. Failing: {failures}. Nothing of it was stored.",
        score=result.score,
        failures=result.failures,
    )


def _run(suite: Suite, frame: pd.DataFrame, catalogue: dict[str, Any]) -> dict[str, list[int]]:
    """Row numbers caught by each rule; a rule on the whole series catches all rows or none.

    Which rules fail is asked first, and which rows only of those that do: naming rows costs as
    much as judging them, and most rules catch none.
    """
    batch = _any_frame().get_batch(batch_parameters={"dataframe": frame})
    failed = {
        result.expectation_config.meta["rule"]
        for result in _validate(batch, suite.table, suite.rules, catalogue, "BOOLEAN_ONLY")
        if not result.success
    }
    found: dict[str, list[int]] = {rule.name: [] for rule in suite.rules}
    failing = tuple(rule for rule in suite.rules if rule.name in failed)
    for result in _validate(batch, suite.table, failing, catalogue, "COMPLETE") if failing else ():
        rows = result.result.get("unexpected_index_list") or range(len(frame))
        found[result.expectation_config.meta["rule"]] = sorted(set(rows))
    return found


def _validate(
    batch: Any, table: str, rules: tuple[Rule, ...], catalogue: dict[str, Any], result_format: str
) -> list[Any]:
    outcome = batch.validate(
        _great_expectations().ExpectationSuite(
            name=table, expectations=[_expectation(rule, catalogue) for rule in rules]
        ),
        result_format=result_format,
    )
    for result in outcome.results:
        if result.exception_info.get("raised_exception"):
            name = result.expectation_config.meta["rule"]
            raise RuntimeError(f"rule {name}: {result.exception_info['exception_message']}")
    return list(outcome.results)


def _expectation(rule: Rule, catalogue: dict[str, Any]) -> dict[str, Any]:
    arguments = {name: _filled(value, catalogue) for name, value in rule.arguments.items()}
    return {"type": rule.check, "kwargs": arguments, "meta": {"rule": rule.name}}


def _filled(value: Any, catalogue: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_filled(item, catalogue) for item in value]
    if isinstance(value, str) and value.startswith("$"):
        return catalogue[value[1:]]
    return value


@lru_cache
def _great_expectations() -> Any:
    """The library, imported at the first use (it takes seconds) and with its telemetry off."""
    import os

    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations

    return great_expectations


@lru_cache
def _context() -> Any:
    """One in-memory context a process: the library allows no more."""
    library = _great_expectations()
    context = library.get_context(mode="ephemeral")
    context.variables.progress_bars = (
        library.data_context.types.base.ProgressBarsConfig(globally=False)
    )  # fmt: skip
    return context


@lru_cache
def _any_frame() -> Any:
    """The one data source: whatever frame it is handed."""
    asset = _context().data_sources.add_pandas("wellhead").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("all")
