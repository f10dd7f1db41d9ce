"""Calibrated bands hold what they promise, and learn from nothing that was not yet known."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evaluation.frames import no_change, walk
from tests.paths import SHARED
from wellhead.errors import InputError, NoDataError
from wellhead.evaluation.backtesting.outcomes import forecast_groups
from wellhead.evaluation.calibration.calibration import calibrate
from wellhead.evaluation.calibration.correction import CalibrationOptions
from wellhead.evaluation.scoring.coverage import latest_coverage, online_coverage
from wellhead.evaluation.scoring.metrics import coverage, interval_score
from wellhead.tables import STATISTICS

DATA = SHARED / "data" / "prices"
QUANTILE_COLUMNS = list(STATISTICS[1:])


def share_inside(frame: pd.DataFrame, lower: str, upper: str) -> float:
    known = frame.dropna(subset="actual")
    return coverage(*(known[name].to_numpy() for name in ("actual", lower, upper)))


@pytest.mark.parametrize("claimed", [0.4, 1.0, 3.0])
def test_bands_of_the_wrong_width_are_put_right(claimed: float) -> None:
    frame = no_change(walk(1, 4000), (1, 5), deviation=claimed)
    late = frame["made_at"] >= pd.Timestamp("2006-01-01", tz="UTC")
    for _, part in calibrate(frame)[late].groupby("horizon"):
        assert share_inside(part, "q0.1", "q0.9") == pytest.approx(0.8, abs=0.02)
        assert share_inside(part, "q0.025", "q0.975") == pytest.approx(0.95, abs=0.01)
        assert share_inside(part, "q0.25", "q0.75") == pytest.approx(0.5, abs=0.03)


def test_coverage_returns_after_the_market_has_changed() -> None:
    calm, wild = np.diff(walk(2, 2001)), np.diff(walk(3, 1501, deviation=4))
    frame = no_change(np.cumsum([*calm, *wild]), (1,))
    last = frame.dropna(subset="actual").index[-1000:]
    assert share_inside(frame.loc[last], "q0.1", "q0.9") < 0.4
    stiff = calibrate(frame, CalibrationOptions(rate=1e-9))
    assert share_inside(stiff.loc[last], "q0.1", "q0.9") < 0.76
    assert share_inside(calibrate(frame).loc[last], "q0.1", "q0.9") == pytest.approx(0.8, abs=0.04)


def test_the_two_sides_differ_when_there_are_enough_errors() -> None:
    shocks = np.random.default_rng(4).exponential(size=6000) - 1
    frame = no_change(shocks.cumsum(), (1,))
    last = calibrate(frame, CalibrationOptions(skew_errors=1)).iloc[-500:]
    assert (last["mean"] - last["q0.025"]).mean() == pytest.approx(0.97, abs=0.1)
    assert (last["q0.975"] - last["mean"]).mean() == pytest.approx(2.69, abs=0.35)


def test_without_known_errors_the_model_keeps_its_own_quantiles() -> None:
    frame = no_change(walk(5, 300), (21,), deviation=2.0)
    changed = calibrate(frame)
    pd.testing.assert_frame_equal(changed.iloc[:21], frame.iloc[:21], check_exact=False)
    width = (changed["q0.9"] - changed["q0.1"]) / (frame["q0.9"] - frame["q0.1"])
    assert 0.9 < width.iloc[40] <= 1.1  # one independent error moves little
    assert changed["mean"].equals(frame["mean"])


@settings(max_examples=25, deadline=None)
@given(cut=st.integers(30, 280), seed=st.integers(0, 99), shock=st.floats(-1e4, 1e4))
def test_outcomes_of_later_days_change_nothing(cut: int, seed: int, shock: float) -> None:
    frame = no_change(walk(seed, 300), (1, 5))
    moment = frame["made_at"].iloc[cut]
    unknown = frame["actual_available_at"] > moment
    altered = frame.assign(actual=frame["actual"].where(~unknown, shock))
    hidden = frame.assign(
        actual=frame["actual"].where(~unknown),
        actual_available_at=frame["actual_available_at"].where(~unknown),
    )
    then = frame["made_at"] <= moment
    expected = calibrate(frame)[then]
    pd.testing.assert_frame_equal(
        calibrate(altered)[then].drop(columns="actual"), expected.drop(columns="actual")
    )
    live = calibrate(hidden[then])[QUANTILE_COLUMNS]  # the path of a live forecast
    pd.testing.assert_frame_equal(live, expected[QUANTILE_COLUMNS])


def test_an_outcome_counts_from_its_publication_not_from_its_day() -> None:
    frame = no_change(walk(6, 400), (1,), deviation=0.2)
    late = frame.assign(
        actual_available_at=frame["actual_available_at"] + pd.offsets.BusinessDay(100)
    )
    width = (calibrate(late)["q0.9"] - late["mean"]) / (late["q0.9"] - late["mean"])
    assert width.iloc[:100].to_numpy() == pytest.approx(1)
    assert width.iloc[101:].min() > 1


@settings(max_examples=25, deadline=None)
@given(
    changes=st.lists(st.floats(-60, 60), min_size=5, max_size=120),
    deviation=st.sampled_from([0.0, 0.1, 5.0]),
)
def test_quantiles_never_cross_and_are_finite(changes: list[float], deviation: float) -> None:
    price = np.cumsum([-36.98, *changes])
    made = calibrate(
        no_change(price, (1, 3), deviation=deviation), CalibrationOptions(own_errors=0.5)
    )
    quantiles = made[QUANTILE_COLUMNS].to_numpy()
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles, axis=1) >= 0).all()


def test_models_and_horizons_are_calibrated_apart_and_rows_keep_their_order() -> None:
    price = walk(7, 500)
    one = no_change(price, (1, 5), "narrow", deviation=0.5)
    two = no_change(price, (1, 5), "wide", deviation=2.0)
    both = pd.concat([one, two], ignore_index=True).sample(frac=1, random_state=0)
    together = calibrate(both)
    assert together.index.equals(both.index)
    for single in (one, two):
        mine = together[together["model"] == single["model"].iloc[0]].sort_values(
            ["horizon", "made_at"], ignore_index=True
        )
        pd.testing.assert_frame_equal(mine, calibrate(single))


def test_forecasts_open_at_once_count_as_one() -> None:
    daily = no_change(walk(8, 200), (5,))
    (group,) = forecast_groups(daily)
    assert set(group.overlap[10:]) == {5}
    (group,) = forecast_groups(daily.iloc[::5])
    assert set(group.overlap[5:]) == {1}


def test_a_frame_that_cannot_be_calibrated_is_refused() -> None:
    frame = no_change(walk(9, 50), (1,))
    with pytest.raises(InputError, match="actual_available_at"):
        calibrate(frame.drop(columns="actual_available_at"))
    with pytest.raises(InputError, match="two rows"):
        calibrate(pd.concat([frame, frame]))


def test_a_hundred_thousand_rows_take_seconds() -> None:
    frame = no_change(walk(10, 2500), tuple(range(1, 41)))
    began = time.process_time()
    assert len(calibrate(frame)) == 100_000
    assert time.process_time() - began < 8


def test_online_coverage_follows_the_outcomes() -> None:
    frame = no_change(walk(11, 60), (1,), deviation=1.0)
    table = online_coverage(frame, window=20)
    assert len(table) == 59
    assert table["actual_available_at"].is_monotonic_increasing
    assert table["outcomes"].tolist() == [*range(1, 20), *[20] * 40]
    last = frame.dropna(subset="actual").iloc[-20:]
    assert table["coverage_80"].iloc[-1] == pytest.approx(share_inside(last, "q0.1", "q0.9"))
    assert table["coverage_95"].iloc[-1] == pytest.approx(share_inside(last, "q0.025", "q0.975"))
    newest = latest_coverage(pd.concat([frame, no_change(walk(11, 60), (5,))]), window=20)
    assert newest[["model", "horizon"]].to_numpy().tolist() == [["no-change", 1], ["no-change", 5]]
    with pytest.raises(NoDataError):
        online_coverage(frame.assign(actual=np.nan))


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the shared price files are not here")
@pytest.mark.parametrize("series", ["WTI", "BRENT", "HENRY_HUB"])
def test_bands_on_real_prices_are_in_range_and_sharper_than_the_benchmark(series: str) -> None:
    from benchmarks.closed_form import backtest, empirical, prices

    price = prices(series)
    frame = backtest(price, (1, 5, 21, 63))
    scored = frame["made_at"].ge("2012") & frame["actual"].notna()
    ours, theirs = calibrate(frame)[scored], empirical(frame, price)[scored]
    for horizon in (1, 5, 21, 63):
        ours_here, theirs_here = (f[f["horizon"] == horizon] for f in (ours, theirs))
        for probability, lower, upper, low, high in (
            (0.8, "q0.1", "q0.9", 0.77, 0.83),
            (0.95, "q0.025", "q0.975", 0.93, 0.97),
        ):
            assert low <= share_inside(ours_here, lower, upper) <= high
            winkler = [
                interval_score(*(f[c].to_numpy() for c in ("actual", lower, upper)), probability)
                for f in (ours_here, theirs_here)
            ]
            assert winkler[0] < winkler[1]
