"""The quality of the data."""

from fastapi import APIRouter, Depends, Response

from api.auth.decisions import Requires
from api.dependencies import STORED_DATA, Data, SourceName
from api.errors import responses
from api.routes.bodies import json_response
from api.schemas.data import QualityAnswer
from wellhead.workflows.access.keys import Scope

router = APIRouter(
    prefix="/v1/quality",
    tags=["quality"],
    dependencies=[Depends(Requires(Scope.READ)), *STORED_DATA],
)


@router.get("", response_model=QualityAnswer, responses=responses(404))
def read_quality(data: Data, source: SourceName = None) -> Response:
    """The newest load of each series: rows, revisions, quarantine, and the share that passed."""
    return json_response(data.quality(source))
