"""Metrics against values worked out by hand."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from wellhead.evaluation.scoring import metrics
from wellhead.tables import QUANTILES

ACTUAL = np.array([1.0, -2.0, 3.0])
FORECAST = np.array([1.0, -1.0, 1.0])
BENCHMARK = np.array([0.0, 0.0, 0.0])


def test_ratios_to_the_benchmark() -> None:
    assert metrics.mspe_ratio(ACTUAL, FORECAST, BENCHMARK) == pytest.approx(5 / 14)
    assert metrics.mae_ratio(ACTUAL, FORECAST, BENCHMARK) == pytest.approx(3 / 6)
    assert math.isnan(metrics.mspe_ratio(ACTUAL, FORECAST, ACTUAL))


def test_mase_scales_each_error() -> None:
    assert metrics.mase(ACTUAL, FORECAST, np.array([1.0, 0.5, 4.0])) == pytest.approx(2.5 / 3)


def test_pinball_weighs_the_two_sides_by_the_level() -> None:
    loss = metrics.pinball(np.array([10.0]), np.full((1, 7), 8.0))
    assert loss == pytest.approx(np.array(QUANTILES) * 2)
    loss = metrics.pinball(np.array([8.0]), np.full((1, 7), 10.0))
    assert loss == pytest.approx((1 - np.array(QUANTILES)) * 2)


def test_crps_is_close_to_that_of_the_normal_distribution() -> None:
    outcomes = np.random.default_rng(0).normal(size=20_000)
    quantiles = np.tile([NormalDist().inv_cdf(level) for level in QUANTILES], (20_000, 1))
    assert metrics.crps(outcomes, quantiles) == pytest.approx(1 / math.sqrt(math.pi), rel=0.04)


def test_coverage_includes_the_edges() -> None:
    lower, upper = np.array([1.0, -1.0, 0.0]), np.array([2.0, 0.0, 3.0])
    assert metrics.coverage(ACTUAL, lower, upper) == pytest.approx(2 / 3)


def test_interval_score_is_width_plus_the_penalty() -> None:
    lower, upper = np.full(3, -1.0), np.full(3, 1.0)
    assert metrics.interval_score(ACTUAL, lower, upper, 0.8) == pytest.approx(2 + 10 * 3 / 3)


def test_directional_accuracy_counts_only_clear_cases() -> None:
    last = np.zeros(3)
    assert metrics.directional_accuracy(ACTUAL, np.array([1.0, 1.0, 0.0]), last) == 0.5
    assert math.isnan(metrics.directional_accuracy(ACTUAL, last, last))
