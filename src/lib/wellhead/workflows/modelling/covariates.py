"""Covariates: what a model reads besides its commodity, from the database."""

from typing import Any

import pandas as pd

from wellhead.catalogue.series import SeriesKey
from wellhead.database.operations import get_vintages, stored_frequencies
from wellhead.evaluation.calibration.deployed import HistoryOf
from wellhead.features.build import build_features
from wellhead.features.covariates import too_old, with_covariates
from wellhead.models.base import Forecaster
from wellhead.models.registry import MODELS, model_class


def read_covariates(model: str, series: SeriesKey) -> dict[str, pd.DataFrame]:
    """The stored covariates of a model of a series, from the same source: key -> vintages.

    An instrument that is stored at several frequencies is read at the finest.
    """
    named = [key for key in model_class(model).covariates if key != series.commodity]
    if not named:
        return {}
    stored = stored_frequencies(series.source)
    return {
        key: get_vintages(SeriesKey(key, series.source, stored[key]))
        for key in named
        if key in stored
    }


def outdated_covariates(series: SeriesKey) -> dict[str, pd.Timestamp]:
    """The stored covariates of any model that are too old to count today -> their newest day."""
    covariates: dict[str, pd.DataFrame] = {}
    for model in MODELS:
        covariates |= read_covariates(model, series)
    return too_old(get_vintages(series), covariates)


def histories_of(known: pd.DataFrame, series: SeriesKey) -> HistoryOf:
    """From a model to the history it reads, one row a day.

    `known` are the known prices of the series; each model gets its features and covariates.
    """

    def history_of(model: Forecaster[Any]) -> pd.DataFrame:
        covariates = read_covariates(model.name, series)
        return with_covariates(build_features(known, model.features), covariates)

    return history_of
