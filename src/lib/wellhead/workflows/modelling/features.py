"""Verb: build a commodity's features from what is stored, through the gate, into a file."""

from pathlib import Path

import pandas as pd

from wellhead.calendars import DateLike
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.database.operations import get_vintages
from wellhead.features.point_in_time import feature_table
from wellhead.files import replacing
from wellhead.validation.features import validate_features
from wellhead.validation.gate import require


def make_features(
    commodity: str, source: str, to: Path | None = None, as_of: DateLike | None = None
) -> pd.DataFrame:
    """The bitemporal feature table of a commodity's daily prices as known at `as_of` (now).

    One row a (observed_at, available_at), columns value and the features. With `to` it is also
    written there as Parquet. Raises NoDataError, or ValidationRefusedError.
    """
    key = find_instrument(commodity).key
    vintages = get_vintages(SeriesKey(key, source), as_of)
    vintages = vintages.dropna(axis="columns", how="all")  # no bars, no ATR
    table = feature_table(vintages)
    require(validate_features(table), f"the features of {key}")
    if to is not None:
        with replacing(Path(to)) as path:
            table.to_parquet(path, index=False)
    return table


def read_features(path: Path) -> pd.DataFrame:
    """A feature table that `make_features` wrote."""
    return pd.read_parquet(path)
