"""Bodies of forecast responses. Times are UTC; days are written YYYY-MM-DD; prices are signed."""

from datetime import date, datetime

from pydantic import BaseModel, Field


class ForecastDay(BaseModel):
    """The forecast for one trading day or month, in the response's unit."""

    target_date: date = Field(
        description="The session, or the first day of the month.", examples=["2019-01-10"]
    )
    horizon: int = Field(
        description="Sessions after the last observed day, or months after the current one.",
        examples=[5],
    )
    from_publication: int = Field(
        description="Sessions after the day on which the forecast was made; 0 or less: the day was "
        "over or under way by then. Months: as horizon.",
        examples=[1],
    )
    is_past: bool = Field(description="Whether the day, or the whole month, is over by now.")
    mean: float = Field(examples=[46.92])
    quantiles: dict[str, float] = Field(
        description="Probability to price: '0.025' … '0.975'.",
        examples=[{"0.1": 44.1, "0.5": 46.92, "0.9": 49.71}],
    )


class Coverage(BaseModel):
    """How often outcomes were inside the bands of the model's forecasts in the ledger."""

    horizon: int
    outcomes: int = Field(description="Newest outcomes behind the shares.")
    coverage_80: float = Field(description="Share inside the 80 % band, 0 to 1.")
    coverage_95: float = Field(description="Share inside the 95 % band, 0 to 1.")
    known_at: datetime = Field(description="When the newest of these outcomes became known.")


class Rejection(BaseModel):
    """A model that did not become champion."""

    model: str
    reason: str


class Grounds(BaseModel):
    """The figures behind the choice of the champion; null where there is none."""

    incumbent: str | None = Field(description="The champion before the decision.")
    mspe_ratio: float | None = Field(
        description="The champion's mean squared error over all horizons, divided by no-change's."
    )
    p_value: float | None = Field(
        description="Diebold–Mariano test against no-change, corrected for the number of models."
    )
    coverage_80: float | None = Field(description="Share of outcomes inside its 80 % band.")
    rejected: list[Rejection]


class Provenance(BaseModel):
    """Where a forecast comes from."""

    model: str = Field(examples=["no-change"])
    model_version: str = Field(description="Version in the model registry.", examples=["5"])
    is_champion: bool = Field(description="Whether it is the commodity's champion now.")
    champion_because: str = Field(
        description="Why this model is, or was, the champion; empty if it never was."
    )
    grounds: Grounds | None = Field(
        description="The same in figures; null for a decision by hand or of an older version."
    )
    run_id: str = Field(description="MLflow run that trained it.")
    code_version: str = Field(description="Digest of the code that made the forecast.")
    source: str = Field(description="Source of the prices.", examples=["eia"])
    made_at: datetime = Field(description="The forecast uses what was known at this moment.")
    last_observed_at: date = Field(description="As-of date: the day of the last price used.")
    age_days: int = Field(description="Days since then.")
    is_stale: bool = Field(description="Whether that is longer than any source is late: 14 days.")
    coverage: list[Coverage] = Field(
        description="The record of its forecasts so far, by horizon; empty until an outcome is "
        "known."
    )


class ForecastAnswer(BaseModel):
    """A forecast with its provenance."""

    commodity: str = Field(examples=["WTI"])
    target: str = Field(examples=["daily"])
    unit: str = Field(examples=["USD/bbl"])
    provenance: Provenance
    forecast: list[ForecastDay]


class ForecastList(BaseModel):
    """The newest forecast of every champion."""

    forecasts: list[ForecastAnswer]


class LedgerRow(BaseModel):
    """What one model version said, at one moment, about one day or month."""

    model: str
    model_version: str
    made_at: datetime
    last_observed_at: date
    target_date: date
    horizon: int
    mean: float
    quantiles: dict[str, float]


class LedgerPage(BaseModel):
    """Forecasts of the ledger, by made_at, model, version and target date."""

    commodity: str
    target: str
    source: str
    unit: str
    rows: list[LedgerRow]
    next: str | None = Field(description="Value of `cursor` for the next page; null at the end.")
