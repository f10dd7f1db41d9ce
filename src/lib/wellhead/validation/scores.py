"""The gate of scores: `expectations/scores.yml`."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from wellhead.validation.gate import ValidationResult, validate


def validate_scores(scores: pd.DataFrame, shares: Collection[str]) -> ValidationResult:
    """Validate scores: one row a model, target, horizon and metric.

    `shares` are the metrics that lie between 0 and 1.
    """
    return validate("scores", with_rule_columns(scores, shares))


def with_rule_columns(scores: pd.DataFrame, shares: Collection[str]) -> pd.DataFrame:
    """The scores with is_infinite and in_domain: at least 0, and a share at most 1."""
    value = scores["value"].astype(float)
    is_share = scores["metric"].isin(list(shares))
    inside = (value >= 0) & (~is_share | (value <= 1))
    return scores.assign(is_infinite=np.isinf(value), in_domain=value.isna() | inside)
