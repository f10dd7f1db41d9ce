"""Stocks beside the five years before, and the report on seasons."""

import numpy as np
import pandas as pd
import pytest

from wellhead.analytics.seasonality.report import seasonality_report
from wellhead.analytics.seasonality.storage import storage_season
from wellhead.analytics.seasonality.summary import summary
from wellhead.errors import NotEnoughHistoryError

FRIDAYS = pd.date_range("2012-01-06", "2019-01-04", freq="W-FRI", tz="UTC")


def stocks(extra: float = 0.0) -> pd.Series:
    """Full in autumn, empty in spring: 2,000 to 4,000; the last week has `extra` more."""
    wave = 3000 - 1000 * np.cos(2 * np.pi * (FRIDAYS.day_of_year - 90) / 365.25)
    year = 20.0 * (FRIDAYS.year - 2012)  # a little more every year
    values = pd.Series(wave + year, FRIDAYS)
    values.iloc[-1] += extra
    return values


def test_stocks_are_compared_with_the_same_week() -> None:
    found = storage_season(stocks(300))
    same_week = [stocks()[f"{year}-01-01" : f"{year}-01-07"].mean() for year in range(2014, 2019)]
    assert found.day == FRIDAYS[-1]
    assert found.mean == pytest.approx(np.mean(same_week), rel=0.01)
    assert found.stock > found.high
    assert found.surplus == pytest.approx(100 * (found.stock / found.mean - 1))
    assert found.surplus > 8
    assert found.usual_change < 0
    assert found.change == pytest.approx(stocks(300).diff().iloc[-1])
    assert list(found.weeks.columns) == ["low", "mean", "high", "newest"]


def test_five_years_are_needed() -> None:
    with pytest.raises(NotEnoughHistoryError, match="load more"):
        storage_season(stocks().tail(150))


def walk() -> pd.Series:
    days = pd.bdate_range("2000-01-03", "2018-12-31", tz="UTC")
    return 60 + pd.Series(np.random.default_rng(0).standard_normal(len(days)), days).cumsum()


def test_the_summary_says_whether_a_season_is_there_and_of_use() -> None:
    text = summary(seasonality_report(walk(), stocks(300)), "WTI", "thousand barrels")
    assert "No season is found in WTI" in text
    assert "In real time it could not have been used" in text
    assert "On 2019-01-04 there were" in text
    assert "thousand barrels in storage" in text
    assert "above the mean of the same week in the five years before and outside" in text
    assert text.endswith("From 19 complete years, 2000-01-03 to 2018-12-31.")
    wave = 15 * np.cos(2 * np.pi * walk().index.day_of_year / 365.25)
    seasonal = summary(seasonality_report(100 + walk() * 0.2 + wave), "gas")
    assert "gas has a season (p below 0.001): its level is highest in" in seasonal
    assert "In real time it could have been used" in seasonal
    assert "storage" not in seasonal


def test_stocks_of_few_years_leave_the_rest() -> None:
    report = seasonality_report(walk(), stocks().tail(100))
    assert report.storage is None
    assert report.season.years == 19
