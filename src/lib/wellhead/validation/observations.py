"""The gate of observations: a prepared batch against `expectations/observations.yml`."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from wellhead.validation.gate import ValidationResult, validate
from wellhead.validation.series import LoadedSeries, judged

_EARLIEST = pd.Timestamp("1850-01-01", tz="UTC")


def validate_observations(
    rows: pd.DataFrame,
    series: LoadedSeries,
    moment: pd.Timestamp,
    history: pd.DataFrame | None = None,
    listed_empty: Iterable[Any] = (),
) -> ValidationResult:
    """Judge prepared rows (`prepare`, then `as_written`) of one series, fetched at `moment`.

    `history` and `listed_empty` as in `judged`. The result's rows keep the columns they came
    with and those that were added.
    """
    return validate(
        "observations",
        judged(rows, series, moment, history, listed_empty),
        **catalogue_values(series, moment),
    )


def catalogue_values(series: LoadedSeries, moment: pd.Timestamp) -> dict[str, Any]:
    """What the `$NAME`s of the suite stand for."""
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
