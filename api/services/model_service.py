"""The model service: champions from the registry, and the bodies of forecast responses."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from api.schemas import ForecastAnswer, ForecastDay, Provenance
from wellhead.calendars import now
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.evaluation.calibration.deployed import DeployedForecaster
from wellhead.tables import QUANTILES
from wellhead.tracking.registry import Registered, champion
from wellhead.workflows.forecasting.serving import (
    ServedForecast,
    champion_forecast,
    champion_forecasts,
)
from wellhead.workflows.modelling.versions import load_version


@dataclass(frozen=True)
class LoadedChampion:
    """A commodity's champion, ready to forecast, and its registration."""

    model: DeployedForecaster
    registered: Registered


class ModelService:
    """The service behind the routes. Its only state is caches, so instances can run side by side.

    `forecast_json` reads the champion's rows in the ledger instead of running `load_model`: those
    rows have passed the validation gate and can be looked up later, and the same prices give the
    same figures (a test compares them). `load_model` is for programs with a history of their own.
    """

    def load_model(self, commodity: str) -> LoadedChampion:
        """The daily champion of a commodity. Each call asks the registry; files are loaded once.

        Raises UnknownCommodityError, NoChampionError, or ArtifactError for changed files.
        """
        return _load(champion(find_instrument(commodity).key))

    def forecast_json(self, instrument: Instrument, target: Target, days: int | None) -> bytes:
        """The first `days`, or months, of the champion's newest forecast: a ForecastAnswer's bytes.

        Requests within the same second share a response, so a new champion is served within a
        second of its promotion. Raises InputError for more rows than a forecast has, and the errors
        of `champion_forecast`.
        """
        rows = target.checked_rows(days)
        return _forecast_json(instrument, target, rows, now().floor("s"))

    def champion_forecasts(self) -> list[ServedForecast]:
        """The newest forecast of every champion that has one."""
        return champion_forecasts()


@lru_cache
def get_model_service() -> ModelService:
    """The service of this process."""
    return ModelService()


@lru_cache(maxsize=32)
def _load(registered: Registered) -> LoadedChampion:
    return LoadedChampion(load_version(registered), registered)


@lru_cache(maxsize=256)
def _forecast_json(
    instrument: Instrument, target: Target, rows: int, _second: pd.Timestamp
) -> bytes:
    served = champion_forecast(instrument, target)
    answer = ForecastAnswer(
        commodity=instrument.key,
        unit=served.unit,
        provenance=_provenance(served),
        forecast=[_day(row) for row in served.forecast.head(rows).to_dict("records")],
    )
    return answer.model_dump_json().encode()


def _provenance(served: ServedForecast) -> Provenance:
    return Provenance(
        model=served.model,
        model_version=served.version,
        champion_because=served.reason,
        run_id=served.run_id,
        code_version=served.code_version,
        source=served.source,
        made_at=served.made_at,
        last_observed_at=served.last_observed_at.date(),
        age_days=served.age_days,
    )


def _day(row: dict[Any, Any]) -> ForecastDay:
    return ForecastDay(
        target_date=row["target_at"].date(),
        horizon=row["horizon"],
        from_publication=row["from_publication"],
        mean=row["mean"],
        quantiles={f"{quantile:g}": row[f"q{quantile:g}"] for quantile in QUANTILES},
    )
