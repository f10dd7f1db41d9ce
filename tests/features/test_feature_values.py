"""Features against values worked out by hand."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from wellhead.errors import InputError
from wellhead.features import FEATURES, build_features
from wellhead.features import indicators as ta


def prices(*values: float, start: str = "2020-04-13") -> "pd.Series[float]":
    days = pd.bdate_range(start, periods=len(values), tz="UTC", name="observed_at")
    return pd.Series(values, index=days, dtype=float, name="value")


def test_changes_keep_the_sign_of_a_negative_price() -> None:
    built = build_features(prices(22.36, 18.31, -36.98, 8.91), ["lag_1", "change_1"])
    assert built["change_1"].iloc[2] == pytest.approx(-55.29)
    assert built["lag_1"].iloc[3] == -36.98
    assert built["value"].tolist() == [22.36, 18.31, -36.98, 8.91]


def test_signed_return_is_the_change_over_the_mean_absolute_price() -> None:
    built = build_features(prices(20, 10, -30), ["signed_return"])["signed_return"]
    assert np.isnan(built.iloc[0])
    assert built.iloc[1] == pytest.approx(-10 / 15)
    assert built.iloc[2] == pytest.approx(-40 / 20)


def test_signed_return_is_defined_at_zero() -> None:
    built = build_features(prices(0, 0, 1), ["signed_return"])["signed_return"]
    assert built.iloc[1] == 0
    assert built.iloc[2] == pytest.approx(3)


def test_realised_volatility_is_the_annualised_root_mean_square() -> None:
    value = prices(*[100 + (i % 2) for i in range(60)])
    built = build_features(value, ["realised_volatility_21", "signed_return"])
    expected = built["signed_return"].tail(21).pow(2).mean() ** 0.5 * math.sqrt(252)
    assert built["realised_volatility_21"].iloc[-1] == pytest.approx(expected)
    assert built["realised_volatility_21"].isna().sum() == 21


def test_rolling_statistics_and_their_warm_up() -> None:
    built = build_features(prices(1, 2, 3, 4, -5), None)
    assert built["rolling_mean_5"].isna().tolist() == [True] * 4 + [False]
    last = built.iloc[-1]
    assert (last["rolling_mean_5"], last["rolling_min_5"], last["rolling_max_5"]) == (1, -5, 4)
    assert last["rolling_std_5"] == pytest.approx(math.sqrt(50 / 4))


def test_ema_is_recursive_from_the_first_price() -> None:
    assert ta.ema(prices(1, 2, 4), 2).iloc[-1] == pytest.approx((1 / 3 + 4 / 3) / 3 + 8 / 3)


def test_rsi_follows_wilder() -> None:
    rise, fall = 0.0, 0.0
    values = [10, 11, 10, 12, 11, 12, 14, 13, 12, 14, 15, 14, 16, 17, 16, 18]
    for number, (before, after) in enumerate(pairwise(values)):
        up, down = max(after - before, 0), max(before - after, 0)
        rise = up if number == 0 else rise + (up - rise) / 14
        fall = down if number == 0 else fall + (down - fall) / 14
    assert ta.rsi(prices(*values)).iloc[-1] == pytest.approx(100 * rise / (rise + fall))


def test_rsi_of_a_price_that_never_moves_is_neutral() -> None:
    assert ta.rsi(prices(*[5] * 20)).iloc[-1] == 50


def test_macd_parts_fit_together() -> None:
    rng = np.random.default_rng(0)
    built = build_features(prices(*rng.normal(size=80).cumsum()), None)
    line = built["ema_12"] - built["ema_26"]
    pd.testing.assert_series_equal(built["macd"], line, check_names=False)
    assert built["macd_histogram"].iloc[-1] == pytest.approx(
        (built["macd"] - built["macd_signal"]).iloc[-1]
    )


def test_bollinger_bands() -> None:
    value = prices(*range(20))
    deviation = math.sqrt((20**2 - 1) / 12)
    assert ta.bollinger_band(value, 2).iloc[-1] == pytest.approx(9.5 + 2 * deviation)
    assert ta.bollinger_width(value).iloc[-1] == pytest.approx(4 * deviation)
    expected = (19 - 9.5 + 2 * deviation) / (4 * deviation)
    assert ta.bollinger_percent_b(value).iloc[-1] == pytest.approx(expected)
    assert ta.bollinger_percent_b(prices(*[5] * 20)).iloc[-1] == 0.5


def test_atr_needs_bars_and_sees_gaps() -> None:
    close = prices(*[10.0] * 14, 20.0)
    bars = pd.DataFrame({"value": close, "high": close + 1, "low": close - 1})
    assert build_features(bars)["atr_14"].iloc[-1] == pytest.approx(2 + (11 - 2) / 14)
    assert "atr_14" not in build_features(close)
    with pytest.raises(InputError, match="high, low"):
        build_features(close, ["atr_14"])


def test_calendar_features() -> None:
    built = build_features(prices(1, 2, 3, start="2024-02-28"))
    assert built["day_of_week"].tolist() == [2, 3, 4]
    assert built["days_to_month_end"].tolist() == [1, 0, 30]
    assert built["month"].tolist() == [2, 2, 3]
    assert (built["day_of_year_sin"] ** 2 + built["day_of_year_cos"] ** 2).tolist() == (
        pytest.approx([1, 1, 1])
    )


def test_an_unknown_feature_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"crystal_ball.*rsi_14"):
        build_features(prices(1, 2), ["crystal_ball"])


def test_every_feature_is_documented() -> None:
    assert all(entry.unit and entry.source for entry in FEATURES.values())
