"""Futures, seasonal, exponential smoothing, and what ARIMA, Prophet and the LSTM learned lately."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from wellhead.catalogue.markets import strip
from wellhead.features import build_features
from wellhead.models import create, model_class

LSTM_FEATURES = model_class("lstm").features


def frame(value: "np.ndarray", start: str = "2010-01-04", **others: "np.ndarray") -> pd.DataFrame:
    days = pd.bdate_range(start, periods=len(value), tz="UTC", name="observed_at")
    return pd.DataFrame({"value": np.asarray(value, dtype=float), **others}, index=days)


def walk(rows: int, seed: int) -> "np.ndarray":
    return 100 + np.random.default_rng(seed).normal(size=rows).cumsum()


def test_futures_lead_the_price_to_each_contract_and_stay_at_the_last() -> None:
    strip = {f"WTI_FUTURE_{k}": np.full(300, 60.0 + k) for k in (1, 2, 3, 4)}
    history = frame(np.full(300, 50.0), "2019-01-01", **strip)
    path = create("futures").fit(history).mean_path(history, 252)
    to_middle = history.index[-1].days_in_month - history.index[-1].day + 15.2
    for k in (1, 2, 3, 4):
        sessions = round((to_middle + 30.44 * (k - 1)) * 21 / 30.44)
        assert path[sessions - 1] == pytest.approx(60 + k, abs=0.5)
    assert (np.diff(path) >= -1e-9).all()
    np.testing.assert_allclose(path[100:], 64.0)


def test_the_futures_model_reads_the_strips_of_the_catalogue() -> None:
    keys = [place.key for market in ("WTI", "HENRY_HUB") for place in strip(market)]
    assert list(model_class("futures").covariates) == keys


def test_futures_without_a_strip_or_a_price_today_are_no_change() -> None:
    history = frame(walk(300, 1))
    last = history["value"].iloc[-1]
    np.testing.assert_allclose(create("futures").fit(history).mean_path(history, 30), last)
    gas = create("futures", strip="HENRY_HUB_FUTURE").fit(history)
    np.testing.assert_allclose(gas.mean_path(history.assign(WTI_FUTURE_1=9.0), 30), last)
    stale = history.assign(WTI_FUTURE_1=np.nan)
    np.testing.assert_allclose(create("futures").fit(history).mean_path(stale, 30), last)


def test_a_season_is_found_where_there_is_one() -> None:
    days = pd.bdate_range("2005-01-03", periods=3900, tz="UTC")
    season = 0.004 * np.cos(2 * np.pi * (days.month - 1) / 12)
    noise = np.random.default_rng(2).normal(scale=0.01, size=3900)
    history = frame(np.exp(4 + np.cumsum(season + noise)), "2005-01-03")
    for end in (3700, 3800, 3900):
        known = history.iloc[:end]
        path = create("seasonal").fit(known).mean_path(known, 63)
        coming = pd.bdate_range(known.index[-1], periods=64)[1:]
        expected = 0.004 * np.cos(2 * np.pi * (coming.month.to_numpy() - 1) / 12).sum()
        assert np.log(path[-1] / known["value"].iloc[-1]) == pytest.approx(expected, abs=0.06)
        assert np.sign(path[-1] - known["value"].iloc[-1]) == np.sign(expected)


def test_a_season_that_chance_explains_is_shrunk_away() -> None:
    shifts = []
    for seed in range(12):
        history = frame(np.exp(4 + (walk(3800, seed) - 100) * 0.02))
        path = create("seasonal").fit(history).mean_path(history, 63)
        shifts.append(abs(np.log(path[-1] / history["value"].iloc[-1])))
    assert np.median(shifts) < 0.01  # the raw profile's is 0.05


def test_smoothing_follows_a_trend_and_dampens_it() -> None:
    rng, moves = np.random.default_rng(3), [0.0]
    for _ in range(2000):
        moves.append(0.95 * moves[-1] + rng.normal())
    history = frame(1000 + np.cumsum(moves))
    model = create("exponential-smoothing").fit(history.iloc[:1500])
    ours, naive = [], []
    for end in range(1500, 1980, 7):
        actual, last = history["value"].iloc[end + 19], history["value"].iloc[end - 1]
        path = model.mean_path(history.iloc[:end], 20)
        assert abs(path[-1] - path[-2]) < abs(path[0] - last) + 1e-9
        ours.append((actual - path[-1]) ** 2)
        naive.append((actual - last) ** 2)
    assert np.mean(ours) < 0.8 * np.mean(naive)


def test_arima_takes_a_price_that_leads_and_runs_on_when_it_is_missing() -> None:
    lead = np.random.default_rng(4).normal(size=1501)
    own = 0.8 * np.r_[0.0, lead[:-1]] + 0.3 * np.random.default_rng(5).normal(size=1501)
    history = frame(100 + own.cumsum(), BRENT=100 + lead.cumsum())
    model = create("arima").fit(history.iloc[:1200])
    for end in (1300, 1400, 1500):
        path = model.mean_path(history.iloc[:end], 5)
        moved = path[0] - history["value"].iloc[end - 1]
        assert moved == pytest.approx(0.8 * lead[end - 1], abs=0.35)
        assert path[4] == pytest.approx(path[1], abs=0.3)
    alone = model.mean_path(history[["value"]].iloc[:1500], 5)
    assert abs(alone[0] - history["value"].iloc[1499]) < 1


def test_arima_leaves_out_prices_that_say_nothing() -> None:
    """AICc lets chance in one time in six."""
    led = 0
    for seed in range(8):
        history = frame(walk(1000, seed), BRENT=walk(1000, seed + 100))
        model = create("arima", max_order=1).fit(history)
        lone = create("arima", max_order=1).fit(history[["value"]])
        led += not np.allclose(model.mean_path(history, 5), lone.mean_path(history, 5))
    assert led <= 3


def test_arima_has_a_drift_if_asked() -> None:
    history = frame(walk(1500, 8) + 0.5 * np.arange(1500))
    with_drift = create("arima", drift=True, max_order=1).fit(history).mean_path(history, 100)
    assert with_drift[-1] - with_drift[0] == pytest.approx(0.5 * 99, rel=0.3)


def test_arimas_own_state_is_statsmodels_forecast() -> None:
    from statsmodels.tsa.arima.model import ARIMA

    from wellhead.models.arma import Arma

    left = np.random.default_rng(9).normal(size=250)
    for ar, ma in (([0.5, -0.2], [0.3]), ([], [0.4, 0.1]), ([0.6], []), ([], [])):
        theirs = ARIMA(left, order=(len(ar), 0, len(ma)), trend="n").filter([*ar, *ma, 1.0])
        ours = Arma(np.array([]), np.array(ar), np.array(ma)).forecast(left, 10)
        np.testing.assert_allclose(ours, theirs.forecast(10), atol=1e-8)


def test_prophet_chooses_a_season_only_where_the_past_shows_one() -> None:
    days = np.arange(2600)
    noise = np.random.default_rng(3).normal(scale=0.3, size=2600).cumsum()
    seasonal = frame(100 + 20 * np.sin(2 * np.pi * days / 261) + 0.2 * noise)
    tuned, kept = create("prophet").fit(seasonal), create("prophet", tune=False).fit(seasonal)
    true = 20 * (np.sin(2 * np.pi * 2662 / 261) - np.sin(2 * np.pi * 2599 / 261))
    last = seasonal["value"].iloc[-1]
    chosen, default = (model.mean_path(seasonal, 63)[-1] - last for model in (tuned, kept))
    assert chosen == pytest.approx(true, abs=6)
    assert abs(chosen - true) < abs(default - true)


def test_prophet_fitted_again_starts_from_its_last_fit() -> None:
    history = frame(walk(2600, 5))
    again = create("prophet", tune=False).fit(history.iloc[:2550]).fit(history)
    fresh = create("prophet", tune=False).fit(history)
    paths = [model.mean_path(history, 63) for model in (again, fresh)]
    np.testing.assert_allclose(*paths, rtol=5e-3)


def lstm_history(rows: int = 1500, **others: "np.ndarray") -> pd.DataFrame:
    history = frame(walk(rows, 0))
    return build_features(history["value"], LSTM_FEATURES).assign(**others)


def test_lstm_learns_from_the_other_commodities() -> None:
    """The others swing back to 100; its own past is too short to show that it does as well."""
    rng, swings = np.random.default_rng(1), []
    for _ in range(4):
        value = [100.0]
        for _ in range(3000):
            value.append(value[-1] + 0.08 * (100 - value[-1]) + rng.normal())
        swings.append(value)
    own = frame(np.array(swings[0]))
    features = build_features(own["value"], LSTM_FEATURES)
    keys = ("BRENT", "GASOLINE", "PROPANE")
    with_others = features.assign(**dict(zip(keys, swings[1:], strict=True)))
    errors = {"alone": [], "with_others": [], "none": []}
    settings = {"horizon": 21, "epochs": 8}
    alone = create("lstm", **settings).fit(features.iloc[:900])
    learned = create("lstm", **settings).fit(with_others.iloc[:900])
    for end in range(900, 2950, 20):
        actual = swings[0][end + 20]
        errors["alone"].append(actual - alone.mean_path(features.iloc[:end], 21)[-1])
        errors["with_others"].append(actual - learned.mean_path(with_others.iloc[:end], 21)[-1])
        errors["none"].append(actual - swings[0][end - 1])
    squared = {name: np.square(of_one).mean() for name, of_one in errors.items()}
    assert squared["with_others"] < squared["alone"]
    assert squared["with_others"] < 0.9 * squared["none"]


def test_lstm_fitted_again_goes_on_from_what_it_knows() -> None:
    history = lstm_history()
    settings = {"epochs": 4, "horizon": 21}
    model = create("lstm", **settings).fit(history)
    before = model.predict(history, 21)
    model.params = type(model.params)(**{**settings, "epochs": 1, "learning_rate": 1e-12})
    pd.testing.assert_frame_equal(model.fit(history).predict(history, 21), before, rtol=1e-4)


def test_lstm_holds_its_last_change_beyond_its_horizon() -> None:
    history = lstm_history()
    path = create("lstm", horizon=21, epochs=1).fit(history).mean_path(history, 100)
    assert (path[21:] == path[20]).all()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_lstm_trains_on_cuda_repeatably_and_forecasts_without_it(tmp_path: Path) -> None:
    history = lstm_history(3000, BRENT=walk(3000, 8))
    mode, chance = torch.get_deterministic_debug_mode(), torch.cuda.get_rng_state()
    one, same = (create("lstm", device="cuda", epochs=4).fit(history) for _ in range(2))
    assert torch.get_deterministic_debug_mode() == mode
    assert torch.equal(torch.cuda.get_rng_state(), chance)
    assert next(one._network.parameters()).device.type == "cpu"
    forecast = one.predict(history, 63)
    pd.testing.assert_frame_equal(forecast, same.predict(history, 63), check_exact=True)
    one.save(tmp_path / "lstm")
    loaded = model_class("lstm").load(tmp_path / "lstm")
    pd.testing.assert_frame_equal(forecast, loaded.predict(history, 63), check_exact=True)
    again = one.fit(history)  # goes back to the device from where it is
    assert np.isfinite(again.predict(history, 63).to_numpy()).all()
    on_cpu = create("lstm", device="cpu", epochs=4).fit(history).predict(history, 63)
    width = forecast["q0.9"] - forecast["q0.1"]
    assert ((forecast["mean"] - on_cpu["mean"]).abs() < 0.2 * width).all()
