"""The gate of forecasts: `expectations/forecasts.yml`."""

import numpy as np
import pandas as pd

from wellhead.catalogue.targets import Target
from wellhead.tables import STATISTICS
from wellhead.validation.gate import ValidationResult, validate


def validate_forecasts(rows: pd.DataFrame) -> ValidationResult:
    """Validate one forecast: one row a target_at of one target_kind, a column a statistic."""
    return validate("forecasts", with_rule_columns(rows))


def with_rule_columns(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with is_finite (every statistic) and quantiles_rise.

    target_at of a month becomes the month's end: it lies ahead until it is over.
    """
    columns = rows.assign(is_finite=_is_finite(rows), quantiles_rise=_quantiles_rise(rows))
    if rows["target_kind"].iloc[0] == Target.MONTHLY:
        columns["target_at"] = rows["target_at"] + pd.offsets.MonthBegin()
    return columns


def _is_finite(rows: pd.DataFrame) -> pd.Series:
    return rows[list(STATISTICS)].apply(np.isfinite).all(axis=1)


def _quantiles_rise(rows: pd.DataFrame) -> pd.Series:
    return (rows[list(STATISTICS[1:])].diff(axis=1).iloc[:, 1:] >= 0).all(axis=1)
