"""Features: builds the feature table of a commodity, validates it and writes it to a file."""

from pathlib import Path

import pandas as pd

from wellhead.calendars import DateLike
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.database.operations import get_vintages
from wellhead.features.point_in_time import feature_table
from wellhead.files import replacing
from wellhead.validation.features import validate_features
from wellhead.validation.gate import require


def make_features(
    instrument: Instrument, source: str, to: Path | None = None, as_of: DateLike | None = None
) -> pd.DataFrame:
    """The bitemporal feature table of the daily prices known at `as_of` (default: now).

    One row a (observed_at, available_at), columns value and the features. With `to` the table is
    also written there as Parquet. Raises NoDataError, or ValidationRefusedError.
    """
    vintages = get_vintages(SeriesKey(instrument.key, source), as_of)
    vintages = vintages.dropna(axis="columns", how="all")  # without bars there is no ATR
    table = feature_table(vintages)
    require(validate_features(table), f"the features of {instrument.key}")
    if to is not None:
        with replacing(Path(to)) as path:
            table.to_parquet(path, index=False)
    return table


def read_features(path: Path) -> pd.DataFrame:
    """A feature table that `make_features` wrote."""
    return pd.read_parquet(path)
