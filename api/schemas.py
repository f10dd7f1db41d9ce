"""The bodies of the API's responses. Times are UTC; days are written YYYY-MM-DD."""

from datetime import date, datetime

from pydantic import BaseModel, Field


class Index(BaseModel):
    """The name, the version and the endpoints of the service."""

    name: str
    version: str
    endpoints: list[str]


class ChampionHealth(BaseModel):
    """A commodity whose forecast is available."""

    commodity: str
    model: str
    model_version: str
    last_observed_at: date = Field(description="As-of date: the day of the last price used.")
    age_days: int = Field(description="Days since then.")


class Health(BaseModel):
    """The state of the service."""

    status: str
    version: str
    database: str
    champions: list[ChampionHealth]


class ForecastDay(BaseModel):
    """The forecast for one trading day or month, in the response's unit. Prices are signed."""

    target_date: date = Field(description="The session, or the first day of the month.")
    horizon: int = Field(
        description="Sessions after the last observed day, or months after the current one."
    )
    from_publication: int = Field(
        description="Sessions after the day on which the forecast was made; 0 or less: the day was "
        "over or under way by then. Months: as horizon."
    )
    mean: float
    quantiles: dict[str, float] = Field(description="Probability to price: '0.025' … '0.975'.")


class Provenance(BaseModel):
    """Where a forecast comes from."""

    model: str
    model_version: str = Field(description="Version in the model registry.")
    champion_because: str = Field(description="Why this model is the champion.")
    run_id: str = Field(description="MLflow run that trained it.")
    code_version: str = Field(description="Digest of the code that trained it.")
    source: str = Field(description="Source of the prices.")
    made_at: datetime = Field(description="The forecast uses what was known at this moment.")
    last_observed_at: date = Field(description="As-of date: the day of the last price used.")
    age_days: int = Field(description="Days since then.")


class ForecastAnswer(BaseModel):
    """A champion's forecast, with its provenance."""

    commodity: str
    unit: str
    provenance: Provenance
    forecast: list[ForecastDay]


class ErrorDetail(BaseModel):
    """What went wrong: a code for programs, a message for people."""

    code: str
    message: str


class ErrorAnswer(BaseModel):
    """The body of every response that is not 200."""

    error: ErrorDetail
