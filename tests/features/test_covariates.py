"""A covariate of a price: what was known of it then, and nothing later."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.calendars import nanoseconds
from wellhead.catalogue.release_rules import RELEASE_RULES
from wellhead.features import as_of, build_features, feature_table, too_old, with_covariates
from wellhead.features.covariates import age_limits
from wellhead.models import create


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="UTC")


def table(rule: str, start: str, periods: int, frequency: str = "B", seed: int = 0) -> pd.DataFrame:
    days = pd.date_range(start, periods=periods, freq=frequency, tz="UTC")
    values = np.random.default_rng(seed).normal(50, 5, size=periods)
    return pd.DataFrame(
        {"observed_at": days, "available_at": RELEASE_RULES[rule](days), "value": values}
    )


def test_a_row_holds_the_newest_value_that_was_published_by_then() -> None:
    prices = table("same-day-close", "2024-01-01", 10)
    stocks = table("weekly-stocks", "2023-12-22", 4, "W-FRI")
    joined = with_covariates(prices, {"STOCKS": stocks})
    assert list(joined.columns) == [*prices.columns, "STOCKS"]
    at = joined.set_index("observed_at")["STOCKS"]
    value = stocks.set_index("observed_at")["value"]
    # The stocks of a Friday are published on the Wednesday after; after New Year's Day on Thursday.
    assert at[day("2024-01-03")] == value[day("2023-12-22")]
    assert at[day("2024-01-04")] == value[day("2023-12-29")]
    assert at[day("2024-01-09")] == value[day("2023-12-29")]
    assert at[day("2024-01-10")] == value[day("2024-01-05")]


def test_before_the_first_publication_there_is_nothing() -> None:
    prices, late = (
        table("same-day-close", "2024-01-01", 5),
        table("same-day-close", "2024-01-04", 2),
    )
    joined = with_covariates(prices, {"LATE": late})
    assert joined["LATE"].isna().tolist() == [True, True, True, False, False]


def test_an_old_day_revised_is_no_news_and_a_revision_of_the_newest_day_is() -> None:
    prices, other = (
        table("same-day-close", "2024-01-01", 5),
        table("same-day-close", "2024-01-01", 3),
    )
    revisions = pd.DataFrame(
        {
            "observed_at": [day("2024-01-01"), day("2024-01-03")],
            "available_at": [day("2024-01-04 12:00"), day("2024-01-05 12:00")],
            "value": [-1.0, -2.0],
        }
    )
    joined = with_covariates(prices, {"OTHER": pd.concat([other, revisions])})
    newest = other["value"].iloc[-1]
    assert joined["OTHER"].tolist()[2:] == [newest, newest, -2.0]


def test_prices_published_together_have_the_covariates_of_their_own_days() -> None:
    """EIA publishes a week's prices at once: no row may hold the next Monday's covariate."""
    prices, other = (table("weekly-wednesday", "2024-01-01", 40, seed=seed) for seed in (0, 1))
    joined = with_covariates(prices, {"OTHER": other})
    assert joined["OTHER"].tolist() == other["value"].tolist()


@pytest.mark.parametrize("model", ["arima", "regression"])
def test_a_fit_under_the_weekly_clock_equals_one_under_the_daily_clock(model: str) -> None:
    states = []
    for rule in ("same-day-close", "weekly-wednesday"):
        prices, brent = (table(rule, "2019-01-01", 800, seed=seed) for seed in (0, 1))
        known = as_of(prices, prices["available_at"].max())
        states.append(create(model).fit(with_covariates(known, {"BRENT": brent}))._state())
    assert states[0] == states[1]


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_row_holds_what_a_search_of_all_vintages_finds(data: st.DataObject) -> None:
    """The newest day not after the row's own, published by then, in its newest vintage."""

    def drawn(longest_delay: int) -> pd.DataFrame:
        pairs = st.tuples(st.integers(0, 40), st.integers(0, longest_delay))
        rows = data.draw(st.lists(pairs, min_size=1, max_size=30, unique=True))
        days = pd.DatetimeIndex([day("2024-01-01") + pd.Timedelta(days=at) for at, _ in rows])
        delays = pd.to_timedelta([delay for _, delay in rows], unit="D")
        values = np.arange(float(len(rows)))
        return pd.DataFrame({"observed_at": days, "available_at": days + delays, "value": values})

    prices, other = drawn(15), drawn(20)
    days = np.sort(other["observed_at"].unique())
    limits = dict(zip(days, pd.to_timedelta(age_limits(nanoseconds(pd.Series(days)))), strict=True))
    expected = []
    for row in prices.itertuples():
        known = other[
            (other["observed_at"] <= row.observed_at) & (other["available_at"] <= row.available_at)
        ].sort_values(["observed_at", "available_at"])
        newest = known.tail(1)
        recent = newest[
            row.observed_at - newest["observed_at"] <= newest["observed_at"].map(limits)
        ]
        expected.append(recent["value"].iloc[-1] if len(recent) else np.nan)
    np.testing.assert_array_equal(with_covariates(prices, {"OTHER": other})["OTHER"], expected)


def test_the_age_limit_follows_the_spacing_so_far_and_nothing_later() -> None:
    daily = pd.bdate_range("2023-01-02", "2023-06-30", tz="UTC")
    monthly = pd.date_range("2023-07-01", periods=30, freq="MS", tz="UTC")
    days = nanoseconds(pd.Series(daily.append(monthly)))
    limits = age_limits(days) / pd.Timedelta(days=1).value
    assert set(limits[: len(daily)]) == {14}
    assert limits[-1] == 110
    np.testing.assert_array_equal(age_limits(days[:140]), age_limits(days)[:140])
    assert set(
        age_limits(nanoseconds(pd.Series(daily[4::5])))[1:] / pd.Timedelta(days=1).value
    ) == {35}


def test_a_covariate_that_has_ended_counts_as_missing_and_is_named() -> None:
    prices = table("same-day-close", "2024-01-01", 60)
    for frequency, periods, last_counted in (("B", 5, "2024-01-19"), ("W-FRI", 3, "2024-02-23")):
        ended = table("same-day-close", "2024-01-01", periods, frequency)
        at = with_covariates(prices, {"ENDED": ended}).set_index("observed_at")["ENDED"]
        assert at.last_valid_index() == day(last_counted)
        assert too_old(prices, {"ENDED": ended}) == {"ENDED": ended["observed_at"].iloc[-1]}
    assert too_old(prices, {"LIVE": prices}) == {}


def test_index_and_order_stay() -> None:
    prices = table("same-day-close", "2024-01-01", 6).iloc[::-1].set_index("observed_at")
    other = table("same-day-close", "2024-01-01", 6, seed=1)
    joined = with_covariates(prices, {"OTHER": other})
    assert joined.index.equals(prices.index)
    assert joined["OTHER"].tolist() == other["value"].tolist()[::-1]


def test_the_unit_in_which_moments_are_kept_does_not_matter() -> None:
    prices, other = (
        table("same-day-close", "2024-01-01", 6),
        table("same-day-close", "2024-01-02", 3),
    )
    expected = with_covariates(prices, {"OTHER": other})["OTHER"]
    for unit in ("us", "s"):
        kept = other.assign(available_at=other["available_at"].dt.as_unit(unit))
        pd.testing.assert_series_equal(with_covariates(prices, {"OTHER": kept})["OTHER"], expected)


@settings(max_examples=30, deadline=None)
@given(cut=st.integers(5, 59), lag=st.sampled_from(["same-day-close", "weekly-wednesday"]))
def test_reading_as_of_a_moment_is_computing_at_that_moment(cut: int, lag: str) -> None:
    """The past of a table is what would have been joined then, whatever follows."""
    prices, other = table(lag, "2024-01-01", 60), table("weekly-stocks", "2023-06-02", 50, "W-FRI")
    revised = other.assign(
        available_at=other["available_at"] + pd.Timedelta(days=9), value=other["value"] * 2
    )
    other = pd.concat([other, revised], ignore_index=True)
    moment = prices["available_at"].iloc[cut]
    whole = as_of(with_covariates(feature_table(prices, ["change_1"]), {"OTHER": other}), moment)
    then = with_covariates(
        build_features(as_of(prices, moment), ["change_1"]),
        {"OTHER": other[other["available_at"] <= moment]},
    )
    pd.testing.assert_frame_equal(whole, then, check_like=True)


def test_a_covariate_that_is_missing_is_no_column() -> None:
    prices = table("same-day-close", "2024-01-01", 3)
    pd.testing.assert_frame_equal(with_covariates(prices, {}), prices)
