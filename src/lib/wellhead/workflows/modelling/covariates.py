"""What a model reads beside its commodity, from the database."""

from typing import Any

import pandas as pd

from wellhead.catalogue.series import SeriesKey
from wellhead.database.operations import get_vintages, stored_frequencies
from wellhead.evaluation.calibration.deployed import HistoryOf
from wellhead.features.build import build_features
from wellhead.features.covariates import with_covariates
from wellhead.models.base import Forecaster
from wellhead.models.registry import model_class


def read_covariates(model: str, commodity: str, source: str) -> dict[str, pd.DataFrame]:
    """What is stored of the instruments that a model reads beside a commodity: key -> vintages.

    Of an instrument that is stored at several frequencies, the finest.
    """
    named = [key for key in model_class(model).covariates if key != commodity]
    if not named:
        return {}
    stored = stored_frequencies(source)
    return {
        key: get_vintages(SeriesKey(key, source, stored[key])) for key in named if key in stored
    }


def histories_of(known: pd.DataFrame, commodity: str, source: str) -> HistoryOf:
    """What each model reads of a commodity of which `known` is known, one row a day."""

    def history_of(model: Forecaster[Any]) -> pd.DataFrame:
        beside = read_covariates(model.name, commodity, source)
        return with_covariates(build_features(known, model.features), beside)

    return history_of
