"""The test of significance says 5 % when it means 5 %."""

import math

import numpy as np
import pandas as pd
import pytest

from wellhead.training.significance import diebold_mariano, holm, overlapping_origins


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
    assert math.isnan(diebold_mariano(loss, loss[::-1], 13))


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
