"""A covariate of a price: what was known of it then, and nothing later."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.catalogue.release_rules import RELEASE_RULES
from wellhead.features import as_of, build_features, feature_table, with_covariates


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
    # The stocks of a Friday are published on the Wednesday after.
    assert at[day("2024-01-02")] == value[day("2023-12-22")]
    assert at[day("2024-01-03")] == value[day("2023-12-29")]
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
