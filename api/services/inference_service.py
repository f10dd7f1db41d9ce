"""Responses that need a registered model: forecasts on request, cards, versions.

Each is made in the worker process; the functions at the end are what it runs.
"""

import time
from typing import Annotated, Any

from fastapi import Depends, Request

from api.gateway.metrics import Metrics
from api.schemas.inference import (
    InferenceAnswer,
    InferenceProvenance,
    InferenceRequest,
    InferredDay,
    ModelCard,
    VersionList,
    VersionRow,
)
from api.services.model_service import get_model_service
from api.services.worker import Worker
from wellhead.calendars import now
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.tables import QUANTILES, STATISTICS
from wellhead.tracking.registry import Registered, RegisteredVersion
from wellhead.workflows.forecasting.on_request import OF_CALLER, ForecastRequest, RequestedForecast

_QUANTILES = dict(zip(STATISTICS[1:], (f"{each:g}" for each in QUANTILES), strict=True))


class InferenceService:
    """Asks the worker process, and makes the bodies of responses."""

    def __init__(self, worker: Worker, metrics: Metrics) -> None:
        self._worker = worker
        self._metrics = metrics

    async def forecast(self, request: InferenceRequest) -> InferenceAnswer:
        """A forecast of a registered model, from the caller's prices or from those stored."""
        instrument = find_instrument(request.commodity)
        rows = request.target.checked_rows(request.rows)
        sent = None if request.prices is None else [(row.day, row.value) for row in request.prices]
        began = time.perf_counter()
        asked = ForecastRequest(instrument.key, request.target, request.model, rows, sent)
        found = await self._worker.call(_forecast, asked)
        self._metrics.note_inference(found.registered.model, time.perf_counter() - began)
        return _answer(instrument, found)

    async def card(self, instrument: Instrument, target: Target, model: str | None) -> ModelCard:
        """The card of a model; without a name, that of the champion."""
        registered, card = await self._worker.call(_card, instrument.key, target, model)
        return ModelCard(
            commodity=instrument.key,
            target=target.value,
            model=registered.model,
            model_version=registered.version,
            run_id=registered.run_id,
            code_version=registered.code_version,
            card=card,
        )

    async def versions(self, instrument: Instrument, target: Target) -> VersionList:
        """Every version in the registry, newest first."""
        found = await self._worker.call(_versions, instrument.key, target)
        rows = [VersionRow.model_validate(each, from_attributes=True) for each in found]
        return VersionList(commodity=instrument.key, target=target.value, versions=rows)


async def _get_inference_service(request: Request) -> InferenceService:
    return InferenceService(request.app.state.worker, request.app.state.metrics)


Inference = Annotated[InferenceService, Depends(_get_inference_service)]


def _answer(instrument: Instrument, found: RequestedForecast) -> InferenceAnswer:
    registered = found.registered
    return InferenceAnswer(
        commodity=instrument.key,
        target=registered.target.value,
        unit=instrument.unit,
        provenance=InferenceProvenance(
            model=registered.model,
            model_version=registered.version,
            run_id=registered.run_id,
            code_version=registered.code_version,
            source=found.source,
            covariates="unknown" if found.source == OF_CALLER else "stored",
            made_at=now(),
            last_observed_at=found.last_observed_at.date(),
        ),
        forecast=[_day(row) for row in found.rows.to_dict("records")],
    )


def _day(row: dict[Any, Any]) -> InferredDay:
    return InferredDay(
        target_date=row["target_at"].date(),
        horizon=row["horizon"],
        mean=row[STATISTICS[0]],
        quantiles={name: row[column] for column, name in _QUANTILES.items()},
    )


def _forecast(asked: ForecastRequest) -> RequestedForecast:
    return get_model_service().forecast(asked)


def _card(commodity: str, target: Target, model: str | None) -> tuple[Registered, dict[str, Any]]:
    return get_model_service().card(commodity, target, model)


def _versions(commodity: str, target: Target) -> list[RegisteredVersion]:
    return get_model_service().versions(commodity, target)
