"""API keys, for callers with the scope `admin`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from api.auth.decisions import Requires
from api.errors import responses
from api.routes.bodies import json_response
from api.schemas.service import IssuedKeyAnswer, KeyAnswer, KeyRequest, RotationRequest
from wellhead.calendars import now
from wellhead.workflows.access.keys import (
    ApiKey,
    IssuedKey,
    Scope,
    all_keys,
    create_key,
    revoke_key,
    rotate_key,
)

router = APIRouter(prefix="/v1/keys", tags=["keys"], dependencies=[Depends(Requires(Scope.ADMIN))])

KeyId = Annotated[str, Path(min_length=1, max_length=16, description="Name of the key.")]


@router.get("", responses=responses())
def read_keys() -> list[KeyAnswer]:
    """Every key that was ever created, without its text."""
    return [KeyAnswer(**_fields(key)) for key in all_keys()]


@router.post("", status_code=201, response_model=IssuedKeyAnswer, responses=responses(400))
def make_key(request: KeyRequest) -> Response:
    """Create a key. Its text is in this response and nowhere else."""
    scopes = frozenset(request.scopes)
    return _issued(create_key(request.application, scopes, days=request.days))


@router.post(
    "/{key_id}/rotation",
    status_code=201,
    response_model=IssuedKeyAnswer,
    responses=responses(400, 404, 409),
)
def rotate(key_id: KeyId, request: RotationRequest) -> Response:
    """Create a key in place of another, which stays valid for the overlap."""
    return _issued(rotate_key(key_id, overlap_days=request.overlap_days))


@router.delete("/{key_id}", responses=responses(404, 409))
def revoke(key_id: KeyId) -> KeyAnswer:
    """Refuse a key from now on."""
    return KeyAnswer(**_fields(revoke_key(key_id)))


def _issued(issued: IssuedKey) -> Response:
    body = IssuedKeyAnswer(**_fields(issued.key), key=issued.text)
    response = json_response(body, 201)
    response.headers["cache-control"] = "no-store"
    return response


def _fields(key: ApiKey) -> dict[str, object]:
    return {
        "key_id": key.key_id,
        "application": key.application,
        "scopes": sorted(key.scopes),
        "state": key.state(now()),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "replaced_by": key.replaced_by,
    }
