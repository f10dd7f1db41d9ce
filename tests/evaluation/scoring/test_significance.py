"""The test of significance says 5 % when it means 5 %."""

import math

import numpy as np
import pandas as pd
import pytest

from tests.evaluation.frames import no_change, walk
from wellhead.catalogue.targets import Target
from wellhead.errors import NoDataError
from wellhead.evaluation.scoring.confidence_set import (
    confidence_sets,
    eliminated,
    model_confidence_set,
)
from wellhead.evaluation.scoring.significance import (
    diebold_mariano,
    giacomini_white,
    holm,
    overlapping_origins,
    pesaran_timmermann,
)


@pytest.mark.parametrize("overlap", [1, 2, 5, 13])
def test_its_size_is_as_stated(overlap: int) -> None:
    """Equally good forecasts whose errors overlap: 5 % of trials come out below 0.05."""
    rng, trials, origins = np.random.default_rng(overlap), 1500, 350
    rejected = 0
    for _ in range(trials):
        noise = rng.standard_normal(origins + overlap - 1)
        difference = np.convolve(noise, np.ones(overlap), "valid")
        rejected += diebold_mariano(difference, np.zeros(origins), overlap) < 0.05
    assert 0.03 <= rejected / trials <= 0.07


def test_ignoring_the_overlap_would_reject_far_too_often() -> None:
    rng, trials = np.random.default_rng(0), 500
    rejected = 0
    for _ in range(trials):
        difference = np.convolve(rng.standard_normal(362), np.ones(13), "valid")
        rejected += diebold_mariano(difference, np.zeros(350), 1) < 0.05
    assert rejected / trials > 0.2


def test_it_is_one_sided() -> None:
    better = np.random.default_rng(0).normal(1, 0.5, size=200)
    worse = better + np.random.default_rng(1).normal(0.5, 0.5, size=200)
    assert diebold_mariano(better, worse, 1) < 0.001
    assert diebold_mariano(worse, better, 1) > 0.999


def test_it_agrees_with_a_hand_computation() -> None:
    loss, other = np.array([1.0, 2.0, 3.0, 2.0]), np.array([2.0, 2.0, 5.0, 3.0])
    statistic = -1 / math.sqrt(0.5 / 4) * math.sqrt(3 / 4)  # mean −1, variance 0.5, n 4
    expected = 0.5 + math.atan(statistic / math.sqrt(3)) / math.pi
    expected += statistic * math.sqrt(3) / (math.pi * (statistic**2 + 3))  # Student's t, 3 degrees
    assert diebold_mariano(loss, other, 1) == pytest.approx(expected)


def test_it_is_not_defined_for_equal_losses_or_too_few_origins() -> None:
    loss = np.arange(20.0)
    assert math.isnan(diebold_mariano(loss, loss, 1))
    assert math.isnan(diebold_mariano(loss, loss[::-1], 2))
    assert math.isnan(giacomini_white(loss, loss, 1))
    assert math.isnan(giacomini_white(loss, loss[::-1], 2))
    assert math.isnan(pesaran_timmermann(np.full(50, True), np.resize([True, False], 50), 1))


@pytest.mark.parametrize(
    ("horizon", "step", "expected"), [(1, 5, 1), (5, 5, 1), (6, 5, 2), (63, 5, 13)]
)
def test_overlap_is_counted_from_the_days(horizon: int, step: int, expected: int) -> None:
    days = pd.bdate_range("2020-01-01", periods=600, tz="UTC")
    seen = days[:500:step]
    target = days[np.arange(0, 500, step) + horizon]
    forecasts = pd.DataFrame({"last_observed_at": seen, "target_at": target})
    assert overlapping_origins(forecasts) == expected


def test_holm_steps_down() -> None:
    corrected = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": math.nan})
    assert corrected == pytest.approx({"a": 0.04, "b": 0.09, "c": 0.09, "d": 1})


def noise(rng: np.random.Generator, origins: int, overlap: int) -> np.ndarray:
    """Errors as overlapping forecasts have them."""
    return np.convolve(rng.standard_normal(origins + overlap - 1), np.ones(overlap), "valid")


@pytest.mark.slow
@pytest.mark.parametrize(("origins", "overlap"), [(350, 1), (350, 5), (350, 13), (246, 12)])
def test_the_sizes_of_the_other_tests_are_as_stated(origins: int, overlap: int) -> None:
    rng, trials = np.random.default_rng(overlap), 1500
    conditional, directional = 0, 0
    for _ in range(trials):
        difference, sign = noise(rng, origins, overlap), noise(rng, origins, 20) > 0
        conditional += giacomini_white(difference, np.zeros(origins), overlap) < 0.05
        directional += pesaran_timmermann(sign, difference > 0, overlap) < 0.05
    assert 0.03 <= conditional / trials <= 0.07
    assert 0.03 <= directional / trials <= 0.07


def test_giacomini_white_sees_an_advantage_that_comes_and_goes() -> None:
    rng = np.random.default_rng(0)
    regime = np.repeat(np.resize([1.0, -1.0], 10), 40)
    difference = regime + rng.normal(scale=0.5, size=400)
    assert diebold_mariano(difference, np.zeros(400), 1) > 0.2
    assert giacomini_white(difference, np.zeros(400), 1) < 0.01
    always = rng.normal(0.5, 1, size=400)
    assert giacomini_white(always, np.zeros(400), 1) < 0.01
    assert giacomini_white(np.zeros(400), always, 1) < 0.01  # two-sided


def test_directions_right_by_always_saying_up_are_no_skill() -> None:
    rng = np.random.default_rng(1)
    actual_up = rng.random(1000) < 0.7
    mostly = rng.random(1000) < 0.95  # right in two of three days
    assert pesaran_timmermann(mostly, actual_up, 1) > 0.05
    knowing = np.where(rng.random(1000) < 0.6, actual_up, ~actual_up)
    assert pesaran_timmermann(knowing, actual_up, 1) < 0.01
    assert pesaran_timmermann(~knowing, actual_up, 1) > 0.99


def test_pesaran_timmermann_is_the_published_statistic() -> None:
    """S_n of Pesaran & Timmermann 1992, eq. 6, on 400 days without overlap."""
    rng = np.random.default_rng(2)
    forecast_up, actual_up = rng.random(400) < 0.6, rng.random(400) < 0.55
    n, px, py, p = 400, forecast_up.mean(), actual_up.mean(), (forecast_up == actual_up).mean()
    star = py * px + (1 - py) * (1 - px)
    spread = star * (1 - star) / n
    star_spread = (
        (2 * py - 1) ** 2 * px * (1 - px) + (2 * px - 1) ** 2 * py * (1 - py)
    ) / n + 4 * py * px * (1 - py) * (1 - px) / n**2
    statistic = (p - star) / math.sqrt(spread - star_spread)
    published = 0.5 * math.erfc(statistic / math.sqrt(2))
    assert pesaran_timmermann(forecast_up, actual_up, 1) == pytest.approx(published, abs=0.01)


def test_the_confidence_set_keeps_the_best_and_drops_the_bad() -> None:
    price = walk(0, 600)
    frames = {
        "no-change": no_change(price, (1, 5)),
        "again": no_change(price, (1, 5)),
        "close": no_change(price, (1, 5), bias=0.02),
        "bad": no_change(price, (1, 5), bias=1.5),
    }
    for horizon in (1, 5):  # by the bootstrap, and by F
        table = model_confidence_set(frames, horizon)
        assert table["mse"].is_monotonic_increasing
        assert table.loc[["no-change", "again", "close"], "in_set"].all()
        assert not table.loc["bad", "in_set"]
        assert table["p_value"].max() == 1
        assert table.loc["no-change", "p_value"] == table.loc["again", "p_value"]
    with pytest.raises(NoDataError, match="horizon 9"):
        model_confidence_set(frames, 9)


def test_confidence_sets_stand_side_by_side_by_horizon_of_one_target() -> None:
    price = walk(0, 600)
    good, bad = no_change(price, (1, 5)), no_change(price, (1, 5), bias=1.5)
    months = [frame.assign(target_kind="monthly", mean=0.0) for frame in (good, bad)]
    frames = {
        "bad": pd.concat([bad, months[0]]),
        "no-change": pd.concat([good, months[1]]),
    }
    table = confidence_sets(frames, Target.DAILY, (1, 5, 63))  # nobody looks as far as 63
    assert table.index.tolist() == ["no-change", "bad"]
    assert table.columns.tolist() == [1, 5]
    assert (table.loc["no-change"] == 1).all()
    assert (table.loc["bad"] < 0.1).all()
    assert confidence_sets(frames, Target.DAILY, (63,)).empty


def test_a_confidence_set_of_too_few_origins_drops_nobody() -> None:
    frames = {
        "no-change": no_change(walk(1, 60), (5,)),
        "bad": no_change(walk(1, 60), (5,), bias=9.0),
    }
    table = model_confidence_set(frames, 5)
    assert table["in_set"].all()
    assert table["p_value"].isna().all()
    alone = model_confidence_set({"no-change": frames["no-change"]}, 5)
    assert alone["in_set"].all()


@pytest.mark.slow
@pytest.mark.parametrize(("origins", "overlap"), [(350, 5), (350, 13), (246, 12)])
def test_the_confidence_set_holds_all_best_models_as_often_as_stated(
    origins: int, overlap: int
) -> None:
    rng, trials, complete = np.random.default_rng(overlap), 500, 0
    for _ in range(trials):
        common = noise(rng, origins, overlap)
        losses = np.column_stack([common + noise(rng, origins, overlap) for _ in range(5)])
        complete += (eliminated(losses, overlap) > 0.10).all()
    assert 0.86 <= complete / trials <= 0.94
