"""Bodies of what needs a registered model: forecasts on request, cards, versions."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from api.schemas.inputs import A_NUMBER, Day
from wellhead.catalogue.targets import Target

MOST_PRICES = 10_000
"""Of one request: forty years of sessions."""


class SentPrice(BaseModel, extra="forbid"):
    """One price of the caller's own history, in the commodity's unit."""

    day: Day = Field(description="A session of the commodity's calendar.")
    value: Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False), A_NUMBER] = Field(
        description="Signed."
    )


class InferenceRequest(BaseModel, extra="forbid"):
    """What to forecast, and from which prices."""

    commodity: str = Field(min_length=1, max_length=64, examples=["WTI"])
    target: Target = Target.DAILY
    model: str | None = Field(
        None, min_length=1, max_length=64, description="Key of a model; the champion by default."
    )
    rows: Annotated[int, Field(ge=1, le=63), A_NUMBER] | None = Field(
        None,
        description="Trading days (1 to 63, 30 by default) or months (1 to 13, all by default).",
    )
    prices: list[SentPrice] | None = Field(
        None,
        min_length=1,
        max_length=MOST_PRICES,
        description="Own history, the oldest first; by default the newest stored prices. A model "
        "needs from 250 sessions on; its card says how many.",
    )


class InferenceProvenance(BaseModel):
    """Where a forecast on request comes from."""

    model: str = Field(examples=["no-change"])
    model_version: str = Field(description="Version in the model registry.", examples=["5"])
    run_id: str = Field(description="MLflow run that trained it.")
    code_version: str = Field(description="Digest of the code that trained it.")
    source: str = Field(description="Source of the prices; `request`: the caller's own.")
    covariates: Literal["stored", "unknown"] = Field(
        description="Where the model's covariates come from; with own prices they are unknown."
    )
    made_at: datetime
    last_observed_at: date = Field(description="As-of date: the day of the last price used.")


class InferredDay(BaseModel):
    """The forecast for one session or month, in the response's unit."""

    target_date: date = Field(description="The session, or the first day of the month.")
    horizon: int = Field(description="Sessions after the last price, or months after its month.")
    mean: float
    quantiles: dict[str, float] = Field(description="Probability to price: '0.025' … '0.975'.")


class InferenceAnswer(BaseModel):
    """A forecast on request. It is not stored."""

    commodity: str
    target: str
    unit: str = Field(examples=["USD/bbl"])
    provenance: InferenceProvenance
    forecast: list[InferredDay]


class ModelCard(BaseModel):
    """What a registered version is, for what it is good, and where its limits are."""

    commodity: str
    target: str
    model: str
    model_version: str
    run_id: str
    code_version: str
    card: dict[str, Any] = Field(
        description="what, how, source, limits, parameters, features, covariates, min_history."
    )


class VersionRow(BaseModel):
    """A version in the model registry."""

    model: str
    version: str
    aliases: list[str] = Field(description="`champion`, or none.")
    run_id: str
    created_at: datetime
    source: str = Field(description="Source of the prices it was trained on.")
    code_version: str


class VersionList(BaseModel):
    """The versions of a commodity's registered model for one target, newest first."""

    commodity: str
    target: str
    versions: list[VersionRow]
