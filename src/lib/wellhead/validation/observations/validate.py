"""The gate of observations: parsed rows against `expectations/observations.yml`."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pandas as pd

from wellhead.validation.gate import ValidationResult, validate
from wellhead.validation.observations.cells import cell_columns
from wellhead.validation.observations.changes import change_columns
from wellhead.validation.observations.coverage import coverage_columns
from wellhead.validation.observations.series import LoadedSeries, StoredDays
from wellhead.validation.observations.sessions import session_advice, session_columns
from wellhead.validation.parsing import Parsed

_EARLIEST = pd.Timestamp("1850-01-01", tz="UTC")
_NOTHING_STORED = StoredDays()
_WITHDRAWN = {
    "rule": "stored-day-is-still-there",
    "severity": "flag",
    "reason": "The source no longer shows a day that is stored. The day is reported and stays "
    "stored: it was known.",
    "observed": "",
    "cells": "",
    "first": "",
    "remedy": "",
}


def validate_observations(
    raw: pd.DataFrame,
    parsed: Parsed,
    series: LoadedSeries,
    moment: pd.Timestamp,
    stored: StoredDays = _NOTHING_STORED,
    listed_empty: Iterable[Any] = (),
) -> ValidationResult:
    """Validate the parsed rows of `raw`, one series, fetched at `moment`.

    `stored` are the stored days that the rows are compared with. `listed_empty` are days
    (YYYY-MM-DD) that the source lists without a value. The rows of the result have the rule
    columns as well.
    """
    rows = with_rule_columns(raw, parsed.rows, series, moment, stored, listed_empty)
    advice = session_advice(rows["observed_at"], series)
    result = validate("observations", rows, **suite_values(series, moment), sessions=advice)
    return _with_withdrawn_days(result, parsed.rows, stored)


def with_rule_columns(
    raw: pd.DataFrame,
    rows: pd.DataFrame,
    series: LoadedSeries,
    moment: pd.Timestamp,
    stored: StoredDays = _NOTHING_STORED,
    listed_empty: Iterable[Any] = (),
) -> pd.DataFrame:
    """The parsed rows with every column that the suite `observations` looks at."""
    cells = cell_columns(raw, rows, series.frequency, series.instrument.week_day)
    day = rows["observed_at"].mask(cells["off_period"])
    return rows.assign(
        **cells,
        **session_columns(rows["observed_at"], series),
        **change_columns(rows, stored.before),
        **coverage_columns(day, series, moment, stored.before, listed_empty),
    )


def suite_values(series: LoadedSeries, moment: pd.Timestamp) -> dict[str, Any]:
    """The values of the `$NAME`s in the suite."""
    instrument = series.instrument
    low, high = instrument.plausible
    typical_low, typical_high = instrument.typical or instrument.plausible
    return {
        "low": low,
        "high": high,
        "typical_low": typical_low,
        "typical_high": typical_high,
        "unit": instrument.unit,
        "now": moment,
        "earliest": _EARLIEST,
    }


def _with_withdrawn_days(
    result: ValidationResult, rows: pd.DataFrame, stored: StoredDays
) -> ValidationResult:
    """The result with a flag on the stored days that the source has withdrawn, if any are stored.

    It is no rule of the suite: it looks at stored days, not at rows of the batch.
    """
    if stored.within.empty:
        return result
    withdrawn = stored.withdrawn(rows)
    flag = {
        **_WITHDRAWN,
        "checked": len(stored.within),
        "caught": len(withdrawn),
        "examples": [str(day.date()) for day in withdrawn.head(3)],
    }
    results = pd.concat([result.results, pd.DataFrame([flag])], ignore_index=True)
    return replace(result, results=results)
