"""Seasons: found where there is one, an honest "none" where there is not, no look-ahead."""

import numpy as np
import pandas as pd
import pytest

from wellhead.analytics.seasonality.effects import (
    in_recent_deviations,
    month_effects,
    month_levels,
    weekday_effects,
)
from wellhead.analytics.seasonality.season import month_end_changes, season, this_year
from wellhead.errors import NotEnoughHistoryError


def walk(years: int = 20, seed: int = 0, *, amplitude: float = 0.0, start: float = 60) -> pd.Series:
    """A random walk by business day, highest in January by `amplitude`."""
    stamps = pd.bdate_range("2000-01-03", f"{2000 + years - 1}-12-31", tz="UTC")
    random = np.random.default_rng(seed)
    steps = start + random.standard_normal(len(stamps)).cumsum() * 0.5
    wave = amplitude * np.cos(2 * np.pi * (stamps.day_of_year - 15) / 365.25)
    return pd.Series(steps + wave, index=stamps)


def test_a_season_is_found_with_its_months_and_could_have_been_used() -> None:
    found = season(walk(amplitude=10))
    assert found.years == 20
    assert found.is_found
    assert found.was_of_use
    assert found.best == 1
    assert found.worst in (7, 8)
    assert found.stability > 0.8
    assert found.strength > 0.5
    effects = month_effects(walk(amplitude=10))
    assert effects.loc[1, "low"] > 0 > effects.loc[7, "high"]
    assert effects.loc[1, "years_above"] == 20


def test_a_random_walk_has_none() -> None:
    found = season(walk())
    assert not found.is_found
    assert not found.was_of_use
    assert (month_effects(walk())["p_corrected"] > 0.05).all()


def test_levels_are_percent_of_the_year_also_below_zero() -> None:
    flat = walk(5, start=-1000, amplitude=0)
    table = month_levels(flat)
    assert len(table) == 5
    assert table.abs().max().max() < 10
    assert table.sum(axis=1).abs().max() < 1e-9
    assert len(month_levels(flat.iloc[:-40])) == 4  # the last year lacks months


def test_weekdays_are_judged_in_units_of_recent_volatility() -> None:
    changes = walk().diff()
    days = pd.DatetimeIndex(changes.index)
    assert (weekday_effects(changes)["p_corrected"] > 0.05).all()
    monday = weekday_effects(changes + 0.1 * (days.day_of_week == 0))
    assert monday["p_corrected"].idxmin() == "Monday"
    assert monday.loc["Monday", "p_corrected"] < 0.05
    wild = changes.where(days.year != 2010, changes * 50)
    assert in_recent_deviations(wild).std() < 2


def test_the_running_month_does_not_count_and_gaps_stay_gaps() -> None:
    prices = walk(6).loc[:"2005-11-15"]  # type: ignore[misc]
    prices = prices[pd.DatetimeIndex(prices.index).month != 3]
    changes = month_end_changes(prices)
    assert str(changes.index[-1]) == "2005-10"
    assert changes.isna().sum() == 1 + 2 * 5 + 2


def test_scaling_uses_nothing_that_came_later() -> None:
    changes = walk().diff()
    later = changes.copy()
    later.iloc[3000:] *= 9
    pd.testing.assert_series_equal(
        in_recent_deviations(changes).iloc[:2500], in_recent_deviations(later).iloc[:2500]
    )


def test_this_year_is_beside_the_five_before() -> None:
    prices = walk(7).loc[:"2006-06-30"]  # type: ignore[misc]
    table = this_year(prices)
    assert list(table.index) == list(range(1, 53))
    assert (table["low"] <= table["mean"]).all()
    assert table["newest"].isna().sum() == 52 - table["newest"].notna().sum() > 20
    first = prices.loc["2006-01-01":"2006-01-07"]  # type: ignore[misc]
    assert table["newest"].iloc[0] == pytest.approx(first.mean())


@pytest.mark.parametrize("judge", [season, month_effects, this_year])
def test_too_short_series_are_one_clear_line(judge) -> None:
    with pytest.raises(NotEnoughHistoryError, match="load more"):
        judge(walk(3))


def test_a_constant_price_has_no_season() -> None:
    flat = pd.Series(5.0, index=walk().index)
    with pytest.raises(NotEnoughHistoryError):
        season(flat)
    assert month_effects(flat)["p_corrected"].eq(1).all()


@pytest.mark.slow
def test_the_sizes_are_what_they_say() -> None:
    """Of 200 random walks with calm and wild times, 5 % tests find a season in 3 to 7 %."""
    found = {"order": 0, "month": 0, "weekday": 0}
    for seed in range(200):
        prices = walk(15, seed)
        volatility = np.exp(np.sin(np.arange(len(prices)) / 300))
        prices = 60 + (prices.diff().fillna(0) * volatility).cumsum()
        found["order"] += season(prices).is_found
        found["month"] += (month_effects(prices)["p_corrected"] < 0.05).any()
        found["weekday"] += (weekday_effects(prices.diff())["p_corrected"] < 0.05).any()
    assert all(2 <= count <= 20 for count in found.values()), found
