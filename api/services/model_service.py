"""The model service: champions from the registry, and the answers made from their forecasts."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from api.schemas import ForecastAnswer, ForecastDay, Provenance
from wellhead.calendars import now
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.evaluation.calibration.deployed import DeployedForecaster, load_deployed
from wellhead.tables import QUANTILES
from wellhead.tracking.registry import Registered, artifact_folder, champion
from wellhead.workflows.forecasting.serving import ServedForecast, champion_forecast, champions


@dataclass(frozen=True)
class LoadedChampion:
    """A commodity's champion, ready to forecast, and its registration."""

    model: DeployedForecaster
    registered: Registered


class ModelService:
    """What the routes ask. It holds no state but caches, so that instances can stand side by side.

    `forecast_json` answers from the champion's rows in the ledger and not from `load_model`: they
    have passed the gate and can be looked up later, and the same prices give the same figures
    (a test compares them). `load_model` is for programs that bring a history of their own.
    """

    def load_model(self, commodity: str) -> LoadedChampion:
        """The champion of a commodity. The registry is asked each time, a version loaded once.

        Raises UnknownCommodityError, NoChampionError, or ArtifactError for changed files.
        """
        return _load(champion(find_instrument(commodity).key))

    def forecast_json(self, commodity: str, days: int | None, target: Target) -> bytes:
        """The first `days`, or months, of the champion's newest forecast: a ForecastAnswer's bytes.

        An answer serves everybody who asks within the same second, so a new champion answers a
        second after its crowning. Raises as `champion_forecast` does.
        """
        return _forecast_json(
            find_instrument(commodity).key, target, target.checked_rows(days), now().floor("s")
        )

    def champions(self) -> list[ServedForecast]:
        """The newest forecast of every champion that has made one."""
        return champions()


@lru_cache
def get_model_service() -> ModelService:
    """The service of this process."""
    return ModelService()


@lru_cache(maxsize=32)
def _load(registered: Registered) -> LoadedChampion:
    return LoadedChampion(load_deployed(artifact_folder(registered)), registered)


@lru_cache(maxsize=256)
def _forecast_json(key: str, target: Target, days: int, _second: pd.Timestamp) -> bytes:
    served = champion_forecast(key, target)
    answer = ForecastAnswer(
        commodity=served.commodity,
        unit=served.unit,
        provenance=_provenance(served),
        forecast=[_day(row) for row in served.forecast.head(days).to_dict("records")],
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
        mean=row["mean"],
        quantiles={f"{quantile:g}": row[f"q{quantile:g}"] for quantile in QUANTILES},
    )
