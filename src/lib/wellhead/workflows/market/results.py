"""The results of analyses, as table `analyses` holds and the API returns them.

Shares and p-values are between 0 and 1. Days are dates. A value that is not defined is null.
"""

import math
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import pandas as pd
from pydantic import BaseModel, BeforeValidator, Field


def _finite(value: Any) -> Any:
    """None in place of NaN and infinity, which JSON does not have."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _day(value: Any) -> Any:
    return None if value is None or value is pd.NaT else pd.Timestamp(value).date()


Number = Annotated[float | None, BeforeValidator(_finite)]
Day = Annotated[date, BeforeValidator(_day)]
MaybeDay = Annotated[date | None, BeforeValidator(_day)]


class Window(BaseModel):
    """The data behind a result."""

    first: Day
    last: Day
    observations: int = Field(description="Days with a value, or changes between them.")


class VolatilityForecast(BaseModel):
    """The volatility of the coming sessions."""

    horizon: int = Field(description="Sessions ahead, over all of which the forecast is.")
    model: str = Field(description="The model with the lowest past loss at this horizon.")
    volatility: float = Field(description="A ratio a year: 0.3 is 30 % a year.")
    share_below: Number = Field(description="Share of earlier forecasts that were lower.")


class VolatilityScore(BaseModel):
    """How good one model was at one horizon."""

    horizon: int
    model: str
    origins: int = Field(description="Days from which it forecast, with a known outcome.")
    qlike: Number = Field(description="Mean loss; 0 is perfect (Patton 2011).")
    ratio: Number = Field(description="The loss divided by that of ewma.")
    p_value: Number = Field(description="Diebold–Mariano against ewma, one-sided.")
    p_in_set: Number = Field(description="Size at which it leaves the model confidence set.")


class Risk(BaseModel):
    """What the next session may cost, and how often that was exceeded."""

    side: str = Field(description="'long' loses when the price falls, 'short' when it rises.")
    level: float = Field(description="Share of days on which the loss is smaller.")
    value_at_risk: float = Field(description="In the price's unit.")
    expected_shortfall: float = Field(description="Mean of the losses beyond it.")
    days: int | None = Field(None, description="Days with a forecast and an outcome.")
    exceeded: int | None = Field(None, description="Days with a larger loss.")
    expected: Number = Field(None, description="Such days if all is right.")
    kupiec: Number = Field(None, description="p-value: small if their number is wrong.")
    christoffersen: Number = Field(None, description="p-value: small if they cluster as well.")
    acerbi_szekely: Number = Field(None, description="p-value: small if losses are larger.")


class VolatilityResult(BaseModel):
    """Forecasts of volatility, the scores of the models, and risk."""

    window: Window
    forecasts: list[VolatilityForecast]
    scores: list[VolatilityScore]
    risk: list[Risk]


class Pair(BaseModel):
    """The rank correlation of daily changes with another series."""

    series: str
    first: Day
    days: int
    correlation: Number
    low: Number = Field(description="Lower end of the 95 % interval.")
    high: Number
    p_corrected: Number = Field(description="p-value of none, corrected for all series.")
    correlation_21: Number = Field(None, description="Of the newest 21 common days.")
    low_21: Number = None
    high_21: Number = None
    correlation_63: Number = None
    low_63: Number = None
    high_63: Number = None
    correlation_252: Number = None
    low_252: Number = None
    high_252: Number = None
    weighted: Number = Field(None, description="With a half-life of 63 days.")


class LeadLag(BaseModel):
    """The correlation with another series some days later."""

    series: str
    lag: int = Field(description="Positive: the commodity moves first, by so many days.")
    days: int
    correlation: Number
    low: Number
    high: Number
    p_corrected: Number = Field(description="Corrected for all series and lags; null at lag 0.")
    closes_later: bool = Field(
        description="Whether the market of the series closes after that of the commodity: then a "
        "lead of one day is the part of the day that only one of them saw."
    )


class CorrelationBreak(BaseModel):
    """A day around which a correlation changed."""

    series: str
    day: Day
    before: Number
    after: Number
    p_value: Number


class Member(BaseModel):
    """A series and its cluster."""

    series: str
    cluster: int = Field(description="Number of the cluster; 1 has the most series.")


class Relation(BaseModel):
    """Prices that may share a trend."""

    name: str
    days: int
    weights: dict[str, float] = Field(description="Of the other prices.")
    p_value: Number = Field(description="Engle & Granger: small if they share one.")
    rank: int = Field(description="Common relations by Johansen's trace test at 5 %.")
    half_life: Number = Field(description="Days in which half of a deviation fades.")
    half_life_low: Number
    half_life_high: Number = Field(description="Null: it may never fade.")
    deviation: Number = Field(description="The newest, in the unit of the first price.")
    z: Number = Field(description="The same in standard deviations.")


class CorrelationResult(BaseModel):
    """How a price moves with others."""

    pairs: list[Pair]
    leads: list[LeadLag]
    breaks: list[CorrelationBreak]
    clusters: list[Member]
    relations: list[Relation]


class Effect(BaseModel):
    """How far a month or weekday lies from the rest."""

    effect: Number
    low: Number
    high: Number
    p_corrected: Number = Field(description="p-value of none, corrected for all of them.")


class MonthEffect(Effect):
    """The level of a month, in percent of the year's mean."""

    month: int
    years: int
    years_above: int = Field(description="Years in which it was above the mean.")


class WeekdayEffect(Effect):
    """The mean change on a weekday less that of all, in usual daily moves."""

    weekday: str
    days: int


class Week(BaseModel):
    """A week of the year, beside the five years before."""

    week: int
    low: Number
    mean: Number
    high: Number
    newest: Number = Field(description="Of the running year; null for weeks to come.")


class Storage(BaseModel):
    """What lies in storage, beside the same week of the five years before."""

    series: str
    unit: str
    day: Day
    stock: float
    low: Number
    mean: Number
    high: Number
    surplus: Number = Field(description="Distance from the mean, in percent of it.")
    change: Number = Field(description="Since the week before.")
    usual_change: Number = Field(description="Mean change in the same week of those years.")
    weeks: list[Week]


class SeasonalityResult(BaseModel):
    """The season of a price."""

    window: Window
    years: int = Field(description="Complete years.")
    is_found: bool = Field(description="Whether months differ by more than chance.")
    p_value: Number = Field(description="Of no order among the months (Kruskal & Wallis).")
    strength: Number = Field(description="Share of the variance of STL's seasonal part.")
    stability: Number = Field(description="Correlation of the two halves' month effects.")
    was_of_use: bool = Field(description="Whether it would have improved forecasts in time.")
    mspe_ratio: Number = Field(description="Of such forecasts, to no change; below 1 is better.")
    mspe_p_value: Number
    best: int = Field(description="Month with the highest level.")
    worst: int = Field(description="Month with the lowest level.")
    months: list[MonthEffect]
    weekdays: list[WeekdayEffect]
    weeks: list[Week]
    storage: Storage | None


class UnusualDay(BaseModel):
    """One unusual day of a price, a spread, a volume or a feed."""

    series: str
    day: Day
    kind: str
    severity: str = Field(description="'notable', 'severe' or 'extreme'.")
    size: Number = Field(
        description="Usual moves, signed; of a run its length; of a storm the moves of a month in "
        "those of the year before."
    )
    reason: str
    verdict: str = Field(description="'data error', 'market event' or 'open'.")
    because: str
    known_on: MaybeDay = Field(description="From which day on the verdict was known.")


class AnomaliesResult(BaseModel):
    """The unusual days of a price and of what belongs to it."""

    window: Window
    a_calm_year: float = Field(description="Unusual days of the price in the median year.")
    unusual: list[UnusualDay]


class Evidence(BaseModel):
    """Numbers behind a sentence."""

    series: str
    first: MaybeDay = Field(None, description="First day of the window.")
    last: MaybeDay = Field(None, description="Last day of the window.")
    numbers: dict[str, Number]


class BriefSentence(BaseModel):
    """One sentence of the brief."""

    kind: str = Field(
        description="'anomaly', 'move', 'spread', 'volatility', 'forecast', 'skill' or 'coming'."
    )
    text: str
    evidence: list[Evidence]


class BriefResult(BaseModel):
    """The market brief."""

    sentences: list[BriefSentence]


Result = VolatilityResult | CorrelationResult | SeasonalityResult | AnomaliesResult | BriefResult

RESULTS: Mapping[str, type[BaseModel]] = {
    "volatility": VolatilityResult,
    "correlation": CorrelationResult,
    "seasonality": SeasonalityResult,
    "anomalies": AnomaliesResult,
    "brief": BriefResult,
}
"""Kind of analysis -> its result."""


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame, for a list of results; an index with a name counts as a column."""
    named = frame.reset_index() if frame.index.name else frame
    return [{str(name): value for name, value in row.items()} for row in named.to_dict("records")]
