"""Models: versions, scores, and how their forecasts have done."""

from fastapi import APIRouter, Depends, Response

from api.auth.decisions import Requires
from api.dependencies import STORED_DATA, Commodity, Data, ModelName, TargetName
from api.errors import responses
from api.routes.bodies import json_response
from api.schemas.data import ModelList, ScoreList, TrackRecord
from api.schemas.inference import ModelCard, VersionList
from api.services.inference_service import Inference
from wellhead.catalogue.targets import Target
from wellhead.workflows.access.keys import Scope

router = APIRouter(
    prefix="/v1",
    tags=["models"],
    dependencies=[Depends(Requires(Scope.READ)), *STORED_DATA],
)


@router.get("/models/{commodity}", response_model=ModelList, responses=responses(404))
def read_models(commodity: Commodity, data: Data, target: TargetName = Target.DAILY) -> Response:
    """The newest version of each model, and which one is the champion."""
    return json_response(data.models(commodity, target))


@router.get(
    "/models/{commodity}/versions", response_model=VersionList, responses=responses(404, 504)
)
async def read_versions(
    commodity: Commodity, inference: Inference, target: TargetName = Target.DAILY
) -> Response:
    """Every version in the model registry, with its aliases."""
    return json_response(await inference.versions(commodity, target))


@router.get("/models/{commodity}/card", response_model=ModelCard, responses=responses(404, 504))
async def read_card(
    commodity: Commodity,
    inference: Inference,
    target: TargetName = Target.DAILY,
    model: ModelName = None,
) -> Response:
    """The card of a registered model: what it is, how it works, where its limits are."""
    return json_response(await inference.card(commodity, target, model))


@router.get("/scores/{commodity}", response_model=ScoreList, responses=responses(404))
def read_scores(commodity: Commodity, data: Data, target: TargetName = Target.DAILY) -> Response:
    """The leaderboard: all metrics of each model's newest backtest, by horizon."""
    return json_response(data.scores(commodity, target))


@router.get("/coverage/{commodity}", response_model=TrackRecord, responses=responses(404))
def read_coverage(commodity: Commodity, data: Data, target: TargetName = Target.DAILY) -> Response:
    """How the forecasts in the ledger have done: coverage, error, alarms, by model and horizon."""
    return json_response(data.track_record(commodity, target))
