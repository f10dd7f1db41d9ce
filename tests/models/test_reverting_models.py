"""Mean reversion, the regression on top of it, and what differs by commodity."""

import numpy as np
import pandas as pd
import pytest

from wellhead.catalogue.lookup import find_instrument
from wellhead.models import create, model_names
from wellhead.models.regression import HORIZONS, Regression
from wellhead.models.regression_inputs import MEMORY, regression_inputs
from wellhead.models.tuned import TUNED, params_for


def frame(value: "np.ndarray", **others: "np.ndarray") -> pd.DataFrame:
    days = pd.bdate_range("1990-01-01", periods=len(value), tz="UTC", name="observed_at")
    return pd.DataFrame({"value": value, **others}, index=days)


def walk(rows: int, seed: int, size: float = 0.02) -> "np.ndarray":
    return np.exp(4 + np.random.default_rng(seed).normal(scale=size, size=rows).cumsum())


def test_a_fiftieth_of_the_gap_closes_in_a_month() -> None:
    history = frame(np.r_[np.full(1259, 100.0), 50.0])
    path = create("mean-reversion").fit(history).mean_path(history, 252)
    last, mean = np.arcsinh(25.0), (1259 * np.arcsinh(50.0) + np.arcsinh(25.0)) / 1260
    for h in (1, 21, 252):
        expected = 2 * np.sinh(last + (mean - last) * (1 - 0.98 ** (h / 21)))
        assert path[h - 1] == pytest.approx(expected, rel=1e-12)


def test_the_mean_is_of_five_years_and_no_more() -> None:
    history = frame(np.r_[np.full(500, 10.0), np.full(1260, 80.0)])
    np.testing.assert_allclose(create("mean-reversion").fit(history).mean_path(history, 60), 80.0)


def test_a_gas_spike_returns_to_the_fortnight_and_that_weight_fades() -> None:
    history = frame(np.r_[np.full(1259, 3.0), 23.0])
    gas = create("mean-reversion", **params_for("mean-reversion", find_instrument("HENRY_HUB")))
    path = gas.fit(history).mean_path(history, 21)
    plain = create("mean-reversion", speed=0.04).fit(history).mean_path(history, 21)
    fortnight = (9 * 3 + 23) / 10
    assert path[0] == pytest.approx(0.8 * plain[0] + 0.2 * fortnight, rel=1e-12)
    assert path[10] == pytest.approx(0.9 * plain[10] + 0.1 * fortnight, rel=1e-12)


def test_settings_come_from_the_nearest() -> None:
    assert params_for("mean-reversion", find_instrument("WTI")) == {}
    assert params_for("mean-reversion", find_instrument("HENRY_HUB_FRONT"))["speed"] == 0.04
    assert params_for("mean-reversion", find_instrument("HENRY_HUB"), {"speed": 0.1}) == {
        "speed": 0.1,
        "short_weight": 0.2,
    }
    given = {"speed": 0.1, "HENRY_HUB": {"speed": 0.3}}
    assert params_for("mean-reversion", find_instrument("HENRY_HUB"), given)["speed"] == 0.3
    assert params_for("mean-reversion", find_instrument("WTI"), given) == {"speed": 0.1}


def test_every_tuned_setting_is_one_that_its_model_takes() -> None:
    for model, commodities in TUNED.items():
        assert model in model_names()
        for commodity in commodities:
            create(model, **params_for(model, find_instrument(commodity)))


def test_the_regression_sees_that_a_spread_closes() -> None:
    """Two prices that move together: the other price predicts where one goes."""
    rng, gap = np.random.default_rng(5), [0.0]
    for _ in range(5999):
        gap.append(0.98 * gap[-1] + rng.normal(scale=0.02))
    other = walk(6000, 6, 0.005)
    history = frame(other * np.exp(gap), BRENT=other)
    alone = history[["value"]]
    price, errors = history["value"].to_numpy(), {"alone": [], "with_brent": [], "none": []}
    brent_model = create("regression", prior_rows=500).fit(history.iloc[:4000])
    alone_model = create("regression", prior_rows=500).fit(alone.iloc[:4000])
    for end in range(4000, 5937, 21):
        actual = price[end + 62]
        paths = {
            "with_brent": brent_model.mean_path(history.iloc[:end], 63)[-1],
            "alone": alone_model.mean_path(alone.iloc[:end], 63)[-1],
            "none": price[end - 1],
        }
        for name, path in paths.items():
            errors[name].append((actual - path) ** 2)
    mean = {name: np.mean(of_one) for name, of_one in errors.items()}
    assert mean["with_brent"] < 0.8 * mean["none"]
    assert mean["with_brent"] < 0.9 * mean["alone"]


def test_the_weights_are_those_of_a_ridge_regression() -> None:
    history, h = frame(walk(3000, 1), BRENT=walk(3000, 2)), 21
    model = create("regression", prior_rows=700, prior_rows_a_session=10).fit(history)
    squares, products = taught(history, regression_inputs(history), regression_inputs(history), h)
    expected = np.linalg.solve(squares + (700 + 10 * h) * np.eye(len(squares)), products)
    assert isinstance(model, Regression)
    np.testing.assert_allclose(model._weights[HORIZONS.index(h)], expected, atol=1e-8)


def test_a_sister_teaches_from_her_place_and_both_count_as_one_past() -> None:
    brent, h = walk(3000, 2), 21
    brent[:700] = np.nan  # hers begins later
    history = frame(walk(3000, 1), BRENT=brent, PROPANE=walk(3000, 3))
    model = create("regression", prior_rows=700, prior_rows_a_session=10, sister="BRENT")
    model.fit(history)
    hers = history.rename(columns={"value": "BRENT", "BRENT": "value"})
    own = regression_inputs(history, "BRENT")
    parts = [
        taught(one, regression_inputs(one, "BRENT")[own.columns], own, h) for one in (history, hers)
    ]
    squares, products = (sum(part) / 2 for part in zip(*parts, strict=True))
    expected = np.linalg.solve(squares + (700 + 10 * h) * np.eye(len(squares)), products)
    assert isinstance(model, Regression)
    np.testing.assert_allclose(model._weights[HORIZONS.index(h)], expected, atol=1e-8)


def taught(history: pd.DataFrame, found: pd.DataFrame, own: pd.DataFrame, h: int) -> tuple:
    """Products of limited inputs, sized as `own` are, with each other and with what was left."""
    logs = np.arcsinh(history["value"] / 2)
    gap = logs.rolling(1260, min_periods=250).mean() - logs
    left = (logs.shift(-h) - logs - (1 - 0.98) * gap)[250:-h].clip(-0.5, 0.5)
    sizes = 1.25 * own[250:].abs().mean()
    spike = found["spike"].clip(-1.5, 1.5) / sizes["spike"]
    rows = (found / sizes).clip(-4, 4).assign(spike=spike)[250:-h].fillna(0.0)
    seen, left = rows[left.notna()].to_numpy(), left.dropna().to_numpy()
    return seen.T @ seen, seen.T @ left


def test_inputs_see_their_past_alone_and_the_last_row_needs_no_more_than_its_memory() -> None:
    columns = {"BRENT": walk(4000, 2), "PROPANE": walk(4000, 3), "CRUDE_STOCKS": walk(4000, 4)}
    history = frame(walk(4000, 1), **columns)
    altered = history.copy()
    altered.iloc[3000:] = -5.0
    found, other = regression_inputs(history, stocks=True), regression_inputs(altered, stocks=True)
    pd.testing.assert_frame_equal(found[:3000], other[:3000], check_exact=True)
    short = regression_inputs(history.iloc[-MEMORY:], stocks=True).iloc[-1]
    pd.testing.assert_series_equal(short, found.iloc[-1], rtol=1e-9)


def test_stocks_count_against_their_season_and_only_where_they_are_asked_for() -> None:
    season = np.exp(0.05 * np.cos(2 * np.pi * np.arange(3000) / 252))
    stocks = 400_000 * season
    stocks[2900:] *= 1.1  # a tenth more than at this time of other years
    history = frame(walk(3000, 1), CRUDE_STOCKS=stocks)
    level = regression_inputs(history, stocks=True)["stocks"]
    assert level[1000:2900].abs().max() < 0.01
    assert level.iloc[-1] == pytest.approx(np.log(1.1), abs=0.01)
    assert "stocks" not in regression_inputs(history)
    without, with_stocks = (
        create("regression", stocks=asked).fit(history).mean_path(history, 63)
        for asked in (False, True)
    )
    assert not np.allclose(without, with_stocks, rtol=1e-4)
    alone = create("regression", stocks=True).fit(history[["value"]])
    np.testing.assert_allclose(alone.mean_path(history[["value"]], 63), without, rtol=1e-9)


def test_one_absurd_day_does_not_set_the_weights() -> None:
    history = frame(walk(4000, 1), BRENT=walk(4000, 2))
    absurd = history.copy()
    absurd.iloc[3000, 0] = -36.98
    usual, after = (create("regression").fit(one).mean_path(one, 252) for one in (history, absurd))
    assert np.abs(after / usual - 1).max() < 0.02


def test_a_fortnight_with_one_absurd_day_looks_as_one_without() -> None:
    """The mean of signed logarithms would stand 40 % lower for ten sessions after -36.98."""
    price = np.full(800, 20.0)
    price[790] = -36.98
    after = regression_inputs(frame(price, BRENT=np.full(800, 25.0))).iloc[-1]
    assert list(after[["reversal", "spike", "short_spread_BRENT"]]) == [0, 0, 0]


def test_a_spread_of_each_winter_is_no_news() -> None:
    days = pd.bdate_range("1990-01-01", periods=3000, tz="UTC")
    season = np.exp(0.2 * np.cos(2 * np.pi * np.arange(3000) / 252))
    history = frame(np.full(3000, 40.0) * season, PROPANE=np.full(3000, 1.0))
    found = regression_inputs(history)[days >= "1995"]
    assert found["season_spread_PROPANE"].abs().max() < 0.01
    assert found["spread_PROPANE"].abs().max() > 0.15
    assert "season_spread_PROPANE" not in regression_inputs(history, sister="PROPANE")


def test_a_price_beside_itself_is_no_covariate() -> None:
    value = walk(2000, 1)
    assert "spread_WTI" not in regression_inputs(frame(value, WTI=value))


def test_little_past_leaves_mean_reversion() -> None:
    history = frame(walk(800, 1))
    ours = create("regression").fit(history).mean_path(history, 252)
    prior = create("mean-reversion").fit(history).mean_path(history, 252)
    np.testing.assert_allclose(ours, prior, rtol=0.02)
