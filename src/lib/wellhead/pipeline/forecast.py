"""Verb: forecast with registered models and keep every forecast in the ledger."""

from pathlib import Path

import numpy as np
import pandas as pd

from wellhead.calendars import next_sessions, now
from wellhead.commodities import Instrument, find_instrument
from wellhead.database.operations import get_vintages
from wellhead.database.replica import reading_primary
from wellhead.database.writing import write_rows
from wellhead.features.build import build_features
from wellhead.features.point_in_time import as_of
from wellhead.files import replacing
from wellhead.models.registry import load
from wellhead.pipeline.trained import TARGET_KIND, read_all_trained
from wellhead.tables import STATISTICS
from wellhead.tracking.registry import Registered, artifact_folder, find_version
from wellhead.validation.gate import examine, require

HORIZON = 63


@reading_primary()
def forecast(
    commodity: str,
    trained: list[str],
    to: dict[str, str] | None = None,
    horizon: int = HORIZON,
) -> pd.DataFrame:
    """Forecast a commodity with every trained model from the newest prices.

    `trained` are files that `train` wrote, all of this commodity.

    One row a (model, target_at): the STATISTICS in the instrument's unit, horizon in business
    days, and provenance. With `to` the rows enter the ledger and two files are written:
    `forecast` (Parquet) and `csv`.
    """
    instrument = find_instrument(commodity)
    versions = [summary["version"] for summary in read_all_trained(trained, instrument.key)]
    found = [find_version(instrument.key, TARGET_KIND, version) for version in versions]
    made = [forecast_with(registered, instrument, horizon) for registered in found]
    for rows in made:
        examined = rows.assign(is_finite=_finite(rows), quantiles_rise=_rising(rows))
        require(examine("forecasts", examined), f"the forecast of {rows['model'].iloc[0]}")
    forecasts = pd.concat(made, ignore_index=True)
    if to is not None:
        write_rows("forecasts", _ledger_rows(forecasts))
        with replacing(Path(to["forecast"])) as path:
            forecasts.to_parquet(path, index=False)
        with replacing(Path(to["csv"])) as path:
            forecasts.to_csv(path, index=False)
    return forecasts


def forecast_with(registered: Registered, instrument: Instrument, horizon: int) -> pd.DataFrame:
    """The forecast of one registered version from all that is known now; stores nothing.

    `made_at` is the moment the newest used row became available, so that the same prices give the
    same forecast and the same ledger rows whenever they are asked for.
    """
    model, moment = load(artifact_folder(registered)), now()
    known = as_of(get_vintages(instrument.key, registered.source, as_of=moment), moment)
    history = build_features(known, model.features)
    last_day = history.index[-1]
    rows = model.predict(history, horizon).reset_index()
    return rows.assign(
        commodity=instrument.key,
        target_kind=TARGET_KIND,
        model=registered.model,
        model_version=registered.version,
        source=registered.source,
        made_at=known["available_at"].max(),
        last_observed_at=last_day,
        target_at=next_sessions(instrument.calendar, last_day, horizon),
        unit=instrument.unit,
        run_id=registered.run_id,
        code_version=registered.code_version,
    )


def _finite(rows: pd.DataFrame) -> pd.Series:
    return rows[list(STATISTICS)].apply(np.isfinite).all(axis=1)


def _rising(rows: pd.DataFrame) -> pd.Series:
    return (rows[list(STATISTICS[1:])].diff(axis=1).iloc[:, 1:] >= 0).all(axis=1)


def _ledger_rows(forecasts: pd.DataFrame) -> pd.DataFrame:
    """One row a statistic, as the ledger keeps them."""
    identity = [name for name in forecasts if name not in STATISTICS]
    return forecasts.melt(id_vars=identity, value_vars=list(STATISTICS), var_name="statistic")
