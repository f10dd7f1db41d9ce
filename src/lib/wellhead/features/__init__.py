"""Features: pure functions of past prices, their registry, and their point-in-time table."""

from wellhead.features.build import build_features
from wellhead.features.covariates import too_old, with_covariates
from wellhead.features.point_in_time import as_of, feature_table, reader
from wellhead.features.registry import FEATURES, Feature

__all__ = [
    "FEATURES",
    "Feature",
    "as_of",
    "build_features",
    "feature_table",
    "reader",
    "too_old",
    "with_covariates",
]
