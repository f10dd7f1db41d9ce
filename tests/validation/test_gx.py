"""The parts of Great Expectations that the gate relies on are there, in the version it names."""

import great_expectations
import pandas as pd
import pytest

from wellhead.validation import gx
from wellhead.validation.gx import Check, rows_caught

FRAME = pd.DataFrame({"value": [60.0, -36.98, 9_999.0, 18.31, 9_998.0]})
PLAUSIBLE = Check(
    "plausible", "expect_column_values_to_be_between", {"column": "value", "max_value": 500}
)


def test_the_installed_version_is_the_one_that_the_module_is_written_for() -> None:
    assert great_expectations.__version__.split(".")[:2] == gx.VERSION.split(".")


def test_the_context_is_in_memory_without_progress_bars_and_telemetry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GX_ANALYTICS_ENABLED", raising=False)
    gx._library.cache_clear()
    context = gx._context()
    gx._library()
    assert type(context).__name__ == "EphemeralDataContext"
    assert context.variables.progress_bars["globally"] is False
    assert gx.os.environ["GX_ANALYTICS_ENABLED"] == "false"


def test_a_check_on_cells_names_the_rows_and_a_check_on_a_column_catches_all_or_none() -> None:
    median = {"column": "value", "min_value": 0, "max_value": 50}
    unusual = Check("usual", "expect_column_median_to_be_between", median)
    usual = Check("wide", "expect_column_median_to_be_between", {**median, "max_value": 500})
    assert rows_caught([PLAUSIBLE, unusual, usual], FRAME) == {
        "plausible": [2, 4],
        "usual": [0, 1, 2, 3, 4],
        "wide": [],
    }
    assert rows_caught([], FRAME) == {}


def test_an_expectation_that_cannot_run_is_an_error_that_names_its_rule() -> None:
    absent = Check("absent", "expect_column_values_to_not_be_null", {"column": "bid"})
    with pytest.raises(RuntimeError, match="rule absent: "):
        rows_caught([absent], FRAME)
