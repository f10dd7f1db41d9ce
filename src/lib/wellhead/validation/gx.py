"""The use of Great Expectations, gathered here: written for version 1.24.

The library is run in memory on one data frame, without a project folder. That takes parts that its
documentation does not promise to keep: the configuration of progress bars, and the keys of a
result. A test fails when the installed version is another or when a part is gone; then read the
library's changes, and set VERSION.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

VERSION = "1.24"
"""Major and minor version that this module is written for."""


@dataclass(frozen=True)
class Check:
    """An expectation by its snake-case name, with its arguments, under the name of its rule."""

    rule: str
    expectation: str
    arguments: dict[str, Any]


def rows_caught(checks: Sequence[Check], frame: pd.DataFrame) -> dict[str, list[int]]:
    """For each rule the positions of the rows it catches; `frame` has a RangeIndex.

    An expectation on a whole column catches all rows or none. The first pass asks only which
    expectations fail, the second asks for the rows of those that do: naming rows costs as much as
    checking them, and most rules catch none. Raises RuntimeError if an expectation cannot run.
    """
    caught: dict[str, list[int]] = {check.rule: [] for check in checks}
    failed = {
        _rule(result) for result in _results(checks, frame, "BOOLEAN_ONLY") if not result.success
    }
    failing = [check for check in checks if check.rule in failed]
    for result in _results(failing, frame, "COMPLETE"):
        rows = result.result.get("unexpected_index_list") or range(len(frame))
        caught[_rule(result)] = sorted(set(rows))
    return caught


def _results(checks: Sequence[Check], frame: pd.DataFrame, result_format: str) -> list[Any]:
    if not checks:
        return []
    suite = _library().ExpectationSuite(name="rules", expectations=[_configured(c) for c in checks])
    batch = _batch_definition().get_batch(batch_parameters={"dataframe": frame})
    results = list(batch.validate(suite, result_format=result_format).results)
    for result in results:
        if message := _exception(result.exception_info):
            raise RuntimeError(f"rule {_rule(result)}: {message}")
    return results


def _exception(info: dict[str, Any]) -> str:
    """The message of an exception, or "". The library nests those of metrics, by metric."""
    nested = [info, *(part for part in info.values() if isinstance(part, dict))]
    messages = [part["exception_message"] for part in nested if part.get("raised_exception")]
    return "; ".join(map(str, messages))


def _configured(check: Check) -> dict[str, Any]:
    return {"type": check.expectation, "kwargs": check.arguments, "meta": {"rule": check.rule}}


def _rule(result: Any) -> str:
    return str(result.expectation_config.meta["rule"])


@lru_cache
def _library() -> Any:
    """The library, imported at the first use (it takes seconds) and with its telemetry off."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # With this package, jsonschema compiles a grammar to check addresses: a quarter of the import.
    left_out = sys.modules.setdefault("rfc3987_syntax", None) is None  # type: ignore[arg-type]
    import great_expectations

    if left_out:
        del sys.modules["rfc3987_syntax"]
    return great_expectations


@lru_cache
def _context() -> Any:
    """One in-memory context a process: the library allows no more."""
    library = _library()
    context = library.get_context(mode="ephemeral")
    bars = library.data_context.types.base.ProgressBarsConfig(globally=False)
    context.variables.progress_bars = bars
    return context


@lru_cache
def _batch_definition() -> Any:
    """The one batch definition: the data frame that it is given, whole."""
    asset = _context().data_sources.add_pandas("wellhead").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("all")
