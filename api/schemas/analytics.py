"""Bodies of responses about analyses. Their results are those of table `analyses`."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from wellhead.workflows.market.results import (
    AnomaliesResult,
    BriefResult,
    CorrelationResult,
    SeasonalityResult,
    VolatilityResult,
)


class Analysis(BaseModel):
    """An analysis and its provenance."""

    commodity: str = Field(description="MARKET in the brief, which is about all.")
    kind: str
    source: str = Field(description="Source of the prices.", examples=["eia"])
    known_at: datetime = Field(description="The analysis uses only what was known by then.")
    last_observed_at: date = Field(description="The day of the last price used.")
    age_days: int = Field(description="Days since then.")
    is_stale: bool = Field(description="Whether that is longer than any source is late: 14 days.")
    code_version: str = Field(description="Digest of the code that made it.")
    summary: str = Field(description="The result in plain sentences, or what it needs.")


class AnalysisList(BaseModel):
    """The newest analysis of each kind of one commodity, without the results."""

    commodity: str
    analyses: list[Analysis]


class VolatilityAnswer(Analysis):
    """Forecasts of volatility, the scores of their models, and risk; null if it needs more data."""

    result: VolatilityResult | None


class CorrelationAnswer(Analysis):
    """How a price moves with others; null if it needs more data."""

    result: CorrelationResult | None


class SeasonalityAnswer(Analysis):
    """The season of a price; null if it needs more data."""

    result: SeasonalityResult | None


class AnomaliesAnswer(Analysis):
    """The unusual days of a price; null if it needs more data."""

    result: AnomaliesResult | None


class BriefAnswer(Analysis):
    """The market brief."""

    result: BriefResult | None
