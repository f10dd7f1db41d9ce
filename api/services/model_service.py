"""The model service: registered models, loaded to forecast and to show their cards.

It imports MLflow and the models' libraries, so the application calls it in a process of its own
(`api.services.worker`).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.database.serving.champions import newest_decisions, newest_scores
from wellhead.errors import ArtifactError, NoChampionError, StorageError, UnknownModelError
from wellhead.evaluation.calibration.deployed import DeployedForecaster
from wellhead.tracking.registry import Registered, RegisteredVersion, all_versions, find_version
from wellhead.workflows.forecasting.on_request import (
    ForecastRequest,
    RequestedForecast,
    checked_prices,
    forecast_on_request,
)
from wellhead.workflows.modelling.versions import load_version

_log = structlog.get_logger("wellhead.api")


@dataclass(frozen=True)
class LoadedModel:
    """A registered model, ready to forecast, and its registration."""

    model: DeployedForecaster
    registered: Registered


class ModelService:
    """Loads registered models and keeps each version that it has loaded.

    If the newest version cannot be loaded, the one that was loaded before serves on.
    """

    def __init__(self) -> None:
        self._last_good: dict[tuple[str, Target, str | None], LoadedModel] = {}

    def load_model(
        self, commodity: str, target: Target = Target.DAILY, model: str | None = None
    ) -> LoadedModel:
        """The newest version of a model; without a name, that of the champion.

        Raises UnknownCommodityError, UnknownModelError, NoChampionError; ArtifactError for changed
        files and StorageError for a registry that is away, if no version was loaded before.
        """
        instrument = find_instrument(commodity)
        which = (instrument.key, target, model)
        try:
            loaded = _load(instrument.key, target, _newest_version(instrument, target, model))
        except (ArtifactError, StorageError) as error:
            if which not in self._last_good:
                raise
            _log.warning("an older version serves", model=model, error=str(error))
            return self._last_good[which]
        self._last_good[which] = loaded
        return loaded

    def forecast(self, asked: ForecastRequest) -> RequestedForecast:
        """Forecast on request. Raises as `checked_prices` and `forecast_on_request`."""
        instrument = find_instrument(asked.commodity)
        prices = None if asked.prices is None else checked_prices(instrument, asked.prices)
        loaded = self.load_model(asked.commodity, asked.target, asked.model)
        return forecast_on_request(loaded.model, loaded.registered, instrument, asked.rows, prices)

    def card(
        self, commodity: str, target: Target, model: str | None
    ) -> tuple[Registered, dict[str, Any]]:
        """The registration and the card of a model."""
        loaded = self.load_model(commodity, target, model)
        return loaded.registered, loaded.model.card()

    def versions(self, commodity: str, target: Target) -> list[RegisteredVersion]:
        """Every version in the registry, newest first."""
        return all_versions(find_instrument(commodity).key, target)


@lru_cache
def get_model_service() -> ModelService:
    """The service of this process."""
    return ModelService()


@lru_cache(maxsize=32)
def _load(commodity: str, target: Target, version: str) -> LoadedModel:
    registered = find_version(commodity, target, version)
    return LoadedModel(load_version(registered), registered)


def _newest_version(instrument: Instrument, target: Target, model: str | None) -> str:
    if model is None:
        decisions = {each.target_kind: each for each in newest_decisions(instrument.key)}
        if target in decisions:
            return str(decisions[target].model_version)
        raise NoChampionError(
            f"no champion is registered for {instrument.key} ({target}). Run the pipeline first: "
            f"`make run COMMODITIES={instrument.key}`."
        )
    newest = {row.model: row.model_version for row in newest_scores(instrument.key, target)}
    if model in newest:
        return str(newest[model])
    raise UnknownModelError(
        f"model {model[:64]!r} was not trained for {instrument.key} ({target}): choose one of "
        f"{', '.join(newest) or 'none, as none was trained'}."
    )
