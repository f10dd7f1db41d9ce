"""The report of every kind of analysis: whatever the series, an answer or one clear line.

Contract tests over the four reports: none uses what came later, and short, constant, gappy,
negative and monthly series are answered or refused with a remedy.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from wellhead.analytics.anomalies.report import anomaly_report
from wellhead.analytics.correlation.report import correlation_report
from wellhead.analytics.seasonality.report import seasonality_report
from wellhead.analytics.volatility.report import volatility_report
from wellhead.calendars import sessions
from wellhead.errors import NotEnoughHistoryError

DAYS = 3200


def walk(days: int = DAYS, seed: int = 0, start: float = 60.0) -> pd.Series:
    stamps = pd.bdate_range("2000-01-03", periods=days, tz="UTC")
    steps = np.random.default_rng(seed).standard_normal(days)
    return (start + pd.Series(steps, index=stamps).cumsum()).rename("value")


def volatility(prices: pd.Series) -> Any:
    return volatility_report(prices.to_frame("value"), scored=250)


def correlation(prices: pd.Series) -> Any:
    other = walk(DAYS, 7) + prices.reindex(walk(DAYS).index).ffill().fillna(0)
    both = pd.DataFrame({"A": prices, "B": other})
    return correlation_report(both, "A", {"both": ("A", "B")})


def season(prices: pd.Series) -> Any:
    return seasonality_report(prices)


def anomaly(prices: pd.Series) -> Any:
    return anomaly_report(prices, "A", sessions("weekdays"), spreads={"A less B": prices - 60})


REPORTS: dict[str, Callable[[pd.Series], Any]] = {
    "volatility": volatility,
    "correlation": correlation,
    "seasonality": season,
    "anomalies": anomaly,
}
EVERY_REPORT = pytest.mark.parametrize("kind", REPORTS)
SERIES = {
    "short": walk(30),
    "constant": walk(DAYS) * 0 + 5,
    "zero": walk(DAYS) * 0,
    "gappy": walk(DAYS).where(np.random.default_rng(1).random(DAYS) > 0.3),
    "negative": walk(DAYS, start=0.0),
    "monthly": walk(DAYS).resample("MS").first(),
    "a saw": pd.Series([0.8 + (i * 7 % 40) / 200 for i in range(DAYS)], walk().index),
    "one": walk(1),
    "two": walk(2),
}


@EVERY_REPORT
@pytest.mark.parametrize("series", SERIES)
def test_any_series_has_an_answer_or_one_clear_line(kind: str, series: str) -> None:
    prices = SERIES[series]
    try:
        report = REPORTS[kind](prices)
    except NotEnoughHistoryError as error:
        assert str(error).endswith((".", "`.")), error
        assert "load" in str(error)
        assert "\n" not in str(error)
    else:
        assert report.day == prices.last_valid_index()


def test_a_quiet_series_has_days_of_the_right_type() -> None:
    """Notebooks show them: `.dt` of no days is an error in pandas."""
    assert REPORTS["anomalies"](SERIES["a saw"]).found["day"].dt.year.empty


@EVERY_REPORT
@pytest.mark.parametrize("series", ["gappy", "negative"])
def test_usual_series_are_answered(kind: str, series: str) -> None:
    assert REPORTS[kind](SERIES[series]).day == SERIES[series].last_valid_index()


@pytest.mark.parametrize("kind", ["volatility", "correlation", "anomalies"])
def test_a_report_of_the_past_is_the_same_whatever_came_later(kind: str) -> None:
    """What it says of a day was known then. (A season claims this of its forecasts alone, which
    test_seasonality.py looks at.)"""
    prices, cut = walk(), 3000
    other = pd.concat([prices.iloc[:cut], 500 - 3 * prices.iloc[cut:]])
    paths = [PATHS[kind](REPORTS[kind](each), prices.index[cut - 1]) for each in (prices, other)]
    assert len(paths[0]) > 0
    pd.testing.assert_frame_equal(*paths)


# What a report says of each day of the past, as known on the day.
PATHS: dict[str, Callable[[Any, pd.Timestamp], pd.DataFrame]] = {
    "volatility": lambda report, day: report.path[report.path.index <= day].to_frame(),
    "correlation": lambda report, day: report.rolling[report.rolling.index <= day],
    "anomalies": lambda report, day: report.found[report.found["known_on"].fillna(day) < day][
        ["series", "day", "kind", "size", "reason"]
    ].loc[lambda rows: rows["day"] <= day],
}
