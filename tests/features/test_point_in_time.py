"""Features keep their vintages: the table answers what was known at any moment."""

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.features import as_of, build_features, feature_table

FIRST = pd.Timestamp("2020-01-01", tz="UTC")
NAMES = ["lag_1", "signed_return", "rolling_mean_5", "ema_12", "rsi_14", "day_of_week"]


@dataclass(frozen=True)
class Vintage:
    day: int
    wait: int
    value: float


VINTAGES = st.lists(
    st.builds(Vintage, st.integers(0, 25), st.integers(0, 30), st.floats(-50, 50)),
    min_size=1,
    max_size=40,
    unique_by=lambda vintage: (vintage.day, vintage.wait),
)


def observations(vintages: list[Vintage]) -> pd.DataFrame:
    day = FIRST + pd.to_timedelta([vintage.day for vintage in vintages], unit="D")
    known = day + pd.to_timedelta([vintage.wait for vintage in vintages], unit="D")
    values = [vintage.value for vintage in vintages]
    return pd.DataFrame({"observed_at": day, "available_at": known, "value": values})


@settings(max_examples=40, deadline=None)
@given(vintages=VINTAGES)
def test_the_table_equals_features_built_at_every_moment(vintages: list[Vintage]) -> None:
    prices = observations(vintages)
    table = feature_table(prices, NAMES)
    for moment in (FIRST - pd.Timedelta(days=1), *prices["available_at"].unique()):
        then = build_features(as_of(prices, moment), NAMES)
        pd.testing.assert_frame_equal(as_of(table, moment), then, check_exact=True)


def test_a_revision_re_emits_the_rows_from_its_day_on() -> None:
    prices = observations([Vintage(0, 0, 10), Vintage(1, 0, 11), Vintage(2, 0, 12)])
    revision = observations([Vintage(1, 5, -11)])
    table = feature_table(pd.concat([prices, revision]), ["lag_1"])
    revised = table[table["available_at"] == FIRST + pd.Timedelta(days=6)]
    assert revised["value"].tolist() == [-11, 12]
    assert revised["lag_1"].tolist() == [10, -11]
    assert len(table) == 5


def test_as_of_takes_the_latest_vintage_known_by_then() -> None:
    prices = observations([Vintage(0, 3, 2), Vintage(0, 0, 1), Vintage(1, 9, 5)])
    assert as_of(prices, FIRST)["value"].tolist() == [1]
    assert as_of(prices, FIRST + pd.Timedelta(days=4))["value"].tolist() == [2]
    assert as_of(prices, FIRST - pd.Timedelta(days=1)).empty


def test_no_observations_give_an_empty_table() -> None:
    assert feature_table(observations([Vintage(0, 0, 1)]).iloc[:0], ["lag_1"]).empty


def test_ten_thousand_rows_take_less_than_a_second() -> None:
    days = pd.bdate_range("1986-01-02", periods=10_000, tz="UTC")
    values = np.random.default_rng(0).normal(size=10_000).cumsum()
    prices = pd.DataFrame({"observed_at": days, "available_at": days, "value": values})
    began = time.process_time()
    table = feature_table(prices)
    assert time.process_time() - began < 1
    assert len(table) == 10_000
    assert table["value"].to_numpy() == pytest.approx(values)
