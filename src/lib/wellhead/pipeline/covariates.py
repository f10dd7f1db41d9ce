"""What a model reads beside its commodity, from the database."""

import pandas as pd

from wellhead.database.operations import get_vintages, stored_spans
from wellhead.models.registry import model_class


def read_covariates(model: str, commodity: str, source: str) -> dict[str, pd.DataFrame]:
    """What is stored of the instruments that a model reads beside a commodity: key -> vintages."""
    spans = stored_spans()
    here = spans[spans["source"] == source]
    stored = dict(zip(here["commodity"], here["frequency"], strict=True))
    wanted = [key for key in model_class(model).covariates if key != commodity and key in stored]
    return {key: get_vintages(key, source, stored[key]) for key in wanted}
