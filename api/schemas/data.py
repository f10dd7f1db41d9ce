"""Bodies of responses about commodities, prices, models, scores and quality."""

from datetime import date, datetime

from pydantic import BaseModel, Field


class CommodityAnswer(BaseModel):
    """An instrument of the catalogue."""

    commodity: str = Field(examples=["WTI"])
    name: str
    unit: str = Field(examples=["USD/bbl"])
    calendar: str = Field(description="The calendar of its sessions.", examples=["NYSE"])
    champions: dict[str, str] = Field(
        description="Target to the model that is champion; empty without forecasts."
    )


class CommodityList(BaseModel):
    """All instruments of the catalogue."""

    commodities: list[CommodityAnswer]


class PriceRow(BaseModel):
    """One price as it was known."""

    day: date
    value: float = Field(description="Signed.")
    available_at: datetime = Field(description="From when on this value could be known.")


class PricePage(BaseModel):
    """Prices of one series, oldest first."""

    commodity: str
    source: str
    frequency: str
    unit: str
    as_of: datetime = Field(description="The prices are those known at this moment.")
    prices: list[PriceRow]
    next: str | None = Field(description="Value of `cursor` for the next page; null at the end.")


class ScoreRow(BaseModel):
    """All metrics of one model version's backtest at one horizon."""

    model: str
    model_version: str
    horizon: int = Field(description="-1 pools all horizons.")
    origins: int
    first_origin: datetime
    last_origin: datetime
    metrics: dict[str, float | None] = Field(
        description="Name of each metric (docs/metrics.md) and its value; null if not defined."
    )


class ScoreList(BaseModel):
    """The leaderboard of one target: the newest backtest of each model."""

    commodity: str
    target: str
    scores: list[ScoreRow]


class TrackRecordRow(BaseModel):
    """How a model's forecasts in the ledger have done at one horizon."""

    model: str
    source: str
    horizon: int
    known_at: datetime
    outcomes: int
    coverage_80: float
    coverage_95: float
    mspe_ratio: float | None
    p_worse: float
    alarm: bool


class TrackRecord(BaseModel):
    """The record of every model of one target."""

    commodity: str
    target: str
    records: list[TrackRecordRow]


class ModelRow(BaseModel):
    """One version of a model."""

    model: str
    model_version: str
    run_id: str = Field(description="MLflow run of its training and backtest.")
    is_champion: bool
    last_origin: datetime = Field(description="The last origin of its backtest.")


class ModelList(BaseModel):
    """The versions of every model of one target that have a backtest, newest first."""

    commodity: str
    target: str
    models: list[ModelRow]


class BatchRow(BaseModel):
    """The newest load of one series."""

    commodity: str
    source: str
    frequency: str
    fetched_at: datetime = Field(description="When the source was queried.")
    accepted: bool = Field(description="Whether it reached the target and was stored.")
    quality_score: float = Field(description="Share of rows that passed every rule, 0 to 1.")
    rows_received: int
    rows_added: int
    rows_revised: int
    rows_quarantined: int


class QualityAnswer(BaseModel):
    """The newest load of each series, and its quality."""

    target: float = Field(description="The share below which a load is refused.")
    loads: list[BatchRow]
