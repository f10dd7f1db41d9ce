"""Bodies of the responses about the service itself."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api.schemas.inputs import A_NUMBER
from wellhead.workflows.access.keys import NAME, Scope


class Index(BaseModel):
    """The name, the version and the endpoints of the service."""

    name: str
    version: str
    endpoints: list[str]


class Check(BaseModel):
    """One thing that the service needs."""

    name: str = Field(examples=["database"])
    ok: bool
    detail: str


class Readiness(BaseModel):
    """Whether the service can answer, and what is amiss if it cannot."""

    ready: bool
    checks: list[Check]


class ChampionHealth(BaseModel):
    """A commodity whose forecast is available."""

    commodity: str
    model: str
    model_version: str
    last_observed_at: date = Field(description="As-of date: the day of the last price used.")
    age_days: int = Field(description="Days since then.")
    is_stale: bool


class Health(BaseModel):
    """The state of the service."""

    status: str
    version: str
    database: str
    champions: list[ChampionHealth]


class KeyAnswer(BaseModel):
    """An API key without its text."""

    key_id: str
    application: str
    scopes: list[str]
    state: str = Field(description="active, expired or revoked.")
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    replaced_by: str | None


class IssuedKeyAnswer(KeyAnswer):
    """A new key, with its text: nobody can read it again."""

    key: str


class KeyRequest(BaseModel, extra="forbid"):
    """What a new key is for."""

    application: str = Field(pattern=f"^{NAME}$", examples=["report"])
    scopes: list[Scope] = Field([Scope.READ], min_length=1, max_length=3)
    days: Annotated[int, Field(ge=1, le=3650), A_NUMBER] | None = Field(
        None, description="Days until it expires."
    )


class RotationRequest(BaseModel, extra="forbid"):
    """How long the old key stays valid."""

    overlap_days: Annotated[float, Field(ge=0, le=7, allow_inf_nan=False), A_NUMBER] = 1


class ProblemBody(BaseModel):
    """The body of every response that is not a success (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="One line for people.")
    code: str = Field(description="For programs; it does not change.")
