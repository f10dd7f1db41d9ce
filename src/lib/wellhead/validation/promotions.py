"""The gate of decisions on the champion: `expectations/promotions.yml`."""

from collections.abc import Collection

import pandas as pd

from wellhead.validation.gate import ValidationResult, validate


def validate_promotions(
    decisions: pd.DataFrame, scored: Collection[str], moment: pd.Timestamp
) -> ValidationResult:
    """Validate decisions taken at `moment`: one row a target. `scored` are the scored models."""
    return validate("promotions", decisions, scored=sorted(scored), now=moment)
