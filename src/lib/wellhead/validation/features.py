"""The gate of feature tables: `expectations/features.yml`."""

import numpy as np
import pandas as pd

from wellhead.validation.gate import ValidationResult, validate


def validate_features(table: pd.DataFrame) -> ValidationResult:
    """Validate a table of features: one row an (observed_at, available_at), value and features."""
    return validate("features", with_rule_columns(table))


def with_rule_columns(table: pd.DataFrame) -> pd.DataFrame:
    """The table with is_finite: no number of the row is infinite."""
    infinite = table.select_dtypes("number").isin([np.inf, -np.inf]).any(axis=1)
    return table.assign(is_finite=~infinite)
