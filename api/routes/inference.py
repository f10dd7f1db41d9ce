"""Forecasts on request."""

from fastapi import APIRouter, Depends, Response

from api.auth.decisions import Requires
from api.dependencies import only_known_parameters
from api.errors import responses
from api.routes.bodies import json_response
from api.schemas.inference import InferenceAnswer, InferenceRequest
from api.services.inference_service import Inference
from wellhead.workflows.access.keys import Scope

router = APIRouter(
    prefix="/v1/inference",
    tags=["forecasts"],
    dependencies=[Depends(Requires(Scope.INFER)), Depends(only_known_parameters)],
)


@router.post("", response_model=InferenceAnswer, responses=responses(400, 404, 413, 504))
async def infer(request: InferenceRequest, inference: Inference) -> Response:
    """A forecast of a registered model, from prices of your own or from the newest stored ones.

    It is not stored. The newest forecasts of every night are under /v1/forecasts, and faster.
    """
    return json_response(await inference.forecast(request))
