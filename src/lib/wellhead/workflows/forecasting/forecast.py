"""Forecasts with registered models, and keeps every forecast in the ledger."""

from pathlib import Path

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.catalogue.targets import Target
from wellhead.database.operations import get_vintages
from wellhead.database.server.replica import reading_primary
from wellhead.database.writing import write_rows
from wellhead.evaluation.calibration.deployed import DeployedForecaster
from wellhead.features.point_in_time import as_of
from wellhead.files import replacing
from wellhead.tracking.registry import Registered, find_version
from wellhead.validation.forecasts import validate_forecasts
from wellhead.validation.gate import require
from wellhead.workflows.modelling.covariates import histories_of
from wellhead.workflows.modelling.trained import read_all_trained
from wellhead.workflows.modelling.versions import load_version


@reading_primary()
def forecast(
    instrument: Instrument,
    trained: list[str],
    to: dict[str, str] | None = None,
    horizon: int = Target.DAILY.longest,
) -> pd.DataFrame:
    """Forecast a commodity with every trained model from the newest prices.

    `trained` are files that `train` wrote, all of this commodity.

    One row a (model, target_kind, target_at): the STATISTICS in the instrument's unit, horizon in
    business days (to `horizon`) or months (to 12), and provenance. With `to` the rows enter the
    ledger and two files are written: `forecast` (Parquet) and `csv`.
    """
    parts = [
        forecast_with(find_version(instrument.key, Target(name), version), instrument, horizon)
        for summary in read_all_trained(trained, instrument)
        for name, version in summary["versions"].items()
    ]
    for rows in parts:
        require(validate_forecasts(rows), f"the forecast of {rows['model'].iloc[0]}")
    forecasts = pd.concat(parts, ignore_index=True)
    if to is not None:
        write_rows("ledger", forecasts)
        with replacing(Path(to["forecast"])) as path:
            forecasts.to_parquet(path, index=False)
        with replacing(Path(to["csv"])) as path:
            forecasts.to_csv(path, index=False)
    return forecasts


def forecast_with(registered: Registered, instrument: Instrument, horizon: int) -> pd.DataFrame:
    """The forecast of one registered version from all that is known now; stores nothing.

    `made_at` is the moment the newest used row became available, so the same prices give the same
    forecast and the same ledger rows at any later time.
    """
    count = horizon if registered.target == Target.DAILY else registered.target.longest
    rows, known = forecast_stored(load_version(registered), registered, instrument, count)
    return rows.assign(
        commodity=instrument.key,
        target_kind=registered.target.value,
        model=registered.model,
        model_version=registered.version,
        source=registered.source,
        made_at=known["available_at"].max(),
        last_observed_at=known.index[-1],
        target_at=rows.pop("target_at"),  # its place in the published files
        unit=instrument.unit,
        run_id=registered.run_id,
        code_version=registered.code_version,
    )


def forecast_stored(
    deployed: DeployedForecaster, registered: Registered, instrument: Instrument, count: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A forecast from all that is stored of the registration's source and known now.

    Returns it as `TargetForecast.frame`, and the known prices it is made from. `count` as in
    `DeployedForecaster.forecast`.
    """
    series, moment = SeriesKey(instrument.key, registered.source), now()
    known = as_of(get_vintages(series, moment), moment)
    made_at = known["available_at"].max()
    forecast = deployed.forecast(registered.target, histories_of(known, series), made_at, count)
    return forecast.frame(), known
