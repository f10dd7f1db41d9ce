"""What is particular to a model or to the bands."""

import numpy as np
import pandas as pd
import pytest
import torch

from wellhead.errors import InputError, ModelError
from wellhead.features import build_features
from wellhead.models import create, model_class
from wellhead.models.bands import CENTRAL, band_quantiles, half_widths, typical_change


def walk(rows: int, seed: int = 0, scale: float = 1.0) -> "pd.Series[float]":
    steps = np.random.default_rng(seed).normal(scale=scale, size=rows)
    days = pd.bdate_range("2010-01-04", periods=rows, tz="UTC", name="observed_at")
    return pd.Series(100 + steps.cumsum(), index=days)


def test_no_change_is_the_last_price_exactly() -> None:
    history = build_features(walk(400), ())
    forecast = create("no-change").fit(history).predict(history, 63)
    assert (forecast[["mean", "q0.5"]] == history["value"].iloc[-1]).all(axis=None)


def test_bands_of_a_random_walk_are_those_of_its_normal_distribution() -> None:
    history = build_features(walk(5000) + 1000, ())
    forecast = create("no-change").fit(history).predict(history, 5)
    half_width = (forecast["q0.9"] - forecast["mean"]).to_numpy()
    np.testing.assert_allclose(half_width, 1.2816 * np.sqrt(np.arange(1, 6)), rtol=0.15)


def test_bands_follow_the_volatility_of_the_day() -> None:
    calm, wild = walk(1500), walk(1500)
    wild.iloc[-60:] = wild.iloc[-61] + 5 * (wild.iloc[-60:] - wild.iloc[-61])
    widths = []
    for value in (calm, wild):
        history = build_features(value, ())
        forecast = create("no-change").fit(history).predict(history, 1)
        widths.append(float((forecast["q0.9"] - forecast["q0.1"]).iloc[0]))
    assert widths[1] > 2 * widths[0]


def test_the_typical_change_sees_only_its_past() -> None:
    value = walk(300)
    altered = value.copy()
    altered.iloc[200:] *= -7
    before = [typical_change(series).iloc[:200] for series in (value, altered)]
    pd.testing.assert_series_equal(*before, check_exact=True)


def test_half_widths_are_quantiles_of_absolute_errors() -> None:
    errors = np.linspace(-1, 1, 2001)
    np.testing.assert_allclose(half_widths([errors])[0], CENTRAL, atol=1e-3)
    quantiles = band_quantiles(np.array([10.0]), np.array([[1.0, 2.0, 3.0]]))
    assert quantiles.tolist() == [[7, 8, 9, 10, 11, 12, 13]]


def test_drift_is_the_mean_change_of_its_window() -> None:
    value = walk(400)
    history = build_features(value, ())
    forecast = create("drift", drift_window=100).fit(history).predict(history, 10)
    step = (value.iloc[-1] - value.iloc[-101]) / 100
    np.testing.assert_allclose(forecast["mean"], value.iloc[-1] + step * np.arange(1, 11))


def test_arima_finds_a_strong_autoregression_and_runs_its_state_on() -> None:
    rng, moves = np.random.default_rng(3), [0.0]
    for _ in range(1500):
        moves.append(0.6 * moves[-1] + rng.normal())
    days = pd.bdate_range("2010-01-04", periods=1501, tz="UTC", name="observed_at")
    history = build_features(pd.Series(100 + np.cumsum(moves), index=days), ())
    model = create("arima").fit(history.iloc[:1200])
    for end in (1300, 1400, 1500):
        forecast = model.predict(history.iloc[:end], 20)["mean"]
        still_to_come = moves[end - 1] * 0.6 / (1 - 0.6)
        expected = history["value"].iloc[end - 1] + still_to_come
        assert forecast.iloc[-1] == pytest.approx(expected, abs=0.8)


def test_one_absurd_day_does_not_teach_arima_that_prices_come_back() -> None:
    value = walk(1500)
    value.iloc[1400] = -36.98
    value.iloc[-1] = value.iloc[-2] + 5
    history = build_features(value, ())
    forecast = create("arima").fit(history).predict(history, 5)
    assert abs(forecast["mean"].iloc[0] - value.iloc[-1]) < 0.5


def test_prophet_refuses_a_growth_that_it_cannot_extrapolate() -> None:
    with pytest.raises(InputError, match="flat or linear"):
        create("prophet", growth="logistic")


def lstm_history(rows: int = 1000) -> pd.DataFrame:
    return build_features(walk(rows), model_class("lstm").features)


def test_lstm_is_set_by_its_seed() -> None:
    history = lstm_history()
    one, same, other = (
        create("lstm", epochs=3, device="cpu", seed=seed).fit(history).predict(history, 21)
        for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, same, check_exact=True)
    assert not one.equals(other)


def test_lstm_leaves_the_callers_generator_and_threads_alone() -> None:
    history, threads = lstm_history(), torch.get_num_threads()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    create("lstm", epochs=1).fit(history).predict(history, 5)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


def test_lstm_starts_as_no_change() -> None:
    history = lstm_history()
    barely = create("lstm", epochs=1, learning_rate=1e-12).fit(history).predict(history, 63)
    naive = create("no-change").fit(history).predict(history, 63)
    np.testing.assert_allclose(barely, naive, rtol=1e-5)


def test_lstm_learns_what_there_is_to_learn() -> None:
    """A price that swings back to 100: its next months can be predicted from its level."""
    rng, value = np.random.default_rng(1), [100.0]
    for _ in range(2500):
        value.append(value[-1] + 0.08 * (100 - value[-1]) + rng.normal())
    days = pd.bdate_range("2010-01-04", periods=len(value), tz="UTC", name="observed_at")
    history = build_features(pd.Series(value, index=days), model_class("lstm").features)
    model = create("lstm", horizon=21).fit(history.iloc[:2000])
    ours, naive = [], []
    for end in range(2000, 2460, 20):
        forecast = model.predict(history.iloc[:end], 21)["mean"].iloc[-1]
        ours.append(value[end + 20] - forecast)
        naive.append(value[end + 20] - value[end - 1])
    assert np.square(ours).mean() < 0.8 * np.square(naive).mean()


def test_lstm_refuses_more_than_it_was_trained_for() -> None:
    history = lstm_history()
    with pytest.raises(ModelError, match="horizon=30"):
        create("lstm", horizon=21, epochs=1).fit(history).predict(history, 30)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_lstm_says_when_there_is_no_cuda() -> None:
    with pytest.raises(InputError, match="no CUDA device"):
        create("lstm", device="cuda").fit(lstm_history())
    with pytest.raises(InputError, match="auto, cpu or cuda"):
        create("lstm", device="tpu")
