"""Combinations weigh by what was known, and end between equal weights and the best."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from tests.evaluation.frames import no_change, walk
from wellhead.errors import InputError, NoDataError
from wellhead.evaluation.calibration.combination import (
    WeightingOptions,
    combination_weights,
    combine,
)
from wellhead.evaluation.calibration.simplex import smallest_on_simplex
from wellhead.evaluation.calibration.weights import METHODS
from wellhead.tables import STATISTICS

NAMES = list(STATISTICS)


def zoo(sessions: int = 1500, seed: int = 0, horizons: tuple[int, ...] = (1, 5)) -> dict:
    """A good model, and one that is off by two a day."""
    price = walk(seed, sessions)
    noise = np.random.default_rng(seed + 1).normal(scale=2, size=sessions * len(horizons))
    good, bad = no_change(price, horizons, "good"), no_change(price, horizons, "bad")
    bad[NAMES] = bad[NAMES].add(noise, axis=0)
    return {"good": good, "bad": bad}


@pytest.mark.parametrize("method", METHODS)
def test_weights_are_positive_and_sum_to_one(method: str) -> None:
    weights = combination_weights(zoo(), method)[["good", "bad"]]
    assert (weights >= 0).all(axis=None)
    assert weights.sum(axis=1).to_numpy() == pytest.approx(1)
    first = weights.iloc[:2].to_numpy()
    assert first == pytest.approx(np.full((2, 2), 0.5))  # nothing is known yet


def test_equal_weights_give_the_mean_of_means_and_of_quantiles() -> None:
    frames = zoo(50)
    combined = combine(frames, "equal").sort_values(["horizon", "made_at"])
    expected = (frames["good"][NAMES] + frames["bad"][NAMES]) / 2
    assert combined[NAMES].to_numpy() == pytest.approx(expected.to_numpy())
    assert set(combined["model"]) == {"combination"}
    assert list(combined.columns) == list(frames["good"].columns)


@pytest.mark.parametrize(("method", "least"), [("inverse-mspe", 0.7), ("constrained", 0.9)])
def test_the_better_model_gets_more_weight_as_errors_come_in(method: str, least: float) -> None:
    weights = combination_weights(zoo(), method, WeightingOptions(threshold=2))
    weights = weights.query("horizon == 1")["good"]
    assert weights.iloc[-1] > least
    assert 0.5 < weights.iloc[30] < weights.iloc[-1]
    strict = combination_weights(zoo(), method, WeightingOptions(threshold=1e9))
    assert (strict["good"] == 0.5).all()


@pytest.mark.parametrize("method", ["inverse-mspe", "constrained"])
def test_a_member_that_does_not_start_earns_its_place(method: str) -> None:
    """All weight lies on the member that starts, until errors say who is better."""
    how = WeightingOptions(threshold=20, starting=("bad", "absent"))
    weights = combination_weights(zoo(), method, how).query("horizon == 1")["good"]
    assert weights.iloc[0] == 0
    assert weights.iloc[-1] > 0.6
    kept = combination_weights(zoo(), method, WeightingOptions(threshold=20, starting=("good",)))
    assert kept.query("horizon == 1")["good"].iloc[-1] > weights.iloc[-1]


def test_a_member_of_no_use_leaves_the_start_as_it_is() -> None:
    """Else a forecast that hardly differs from the start would share its weight for nothing."""
    price, rng = walk(5, 1500), np.random.default_rng(6)
    start, idle = no_change(price, (21,), "start"), no_change(price, (21,), "idle")
    idle[NAMES] = idle[NAMES].add(rng.normal(scale=0.02, size=len(idle)), axis=0)
    weights = combination_weights(
        {"start": start, "idle": idle}, "constrained", WeightingOptions(starting=("start",))
    )
    assert (weights["idle"] == 0).mean() > 0.9


def test_members_that_start_share_the_weight_alike_and_all_do_where_none_takes_part() -> None:
    how = WeightingOptions(starting=("b", "c"))
    assert how.start(["a", "b", "c"]) == pytest.approx([0, 0.5, 0.5])
    assert how.start(["a", "d"]) == pytest.approx([0.5, 0.5])


def test_opposite_errors_are_balanced() -> None:
    price = walk(3, 800)
    frames = {
        "high": no_change(price, (1,), "high", bias=1.0),
        "low": no_change(price, (1,), "low", bias=-3.0),
    }
    weights = combination_weights(frames, "constrained", WeightingOptions(threshold=0.01))
    assert weights["high"].iloc[-1] == pytest.approx(0.75, abs=0.05)


@settings(max_examples=20, deadline=None)
@example(cut=38, shock=207.0, method="constrained")
@given(cut=st.integers(20, 180), shock=st.floats(-500, 500), method=st.sampled_from(METHODS))
def test_outcomes_of_later_days_change_nothing(cut: int, shock: float, method: str) -> None:
    frames = zoo(200)
    moment = frames["good"]["made_at"].iloc[cut]
    altered = {
        name: frame.assign(
            actual=frame["actual"].where(frame["actual_available_at"] <= moment, shock)
        )
        for name, frame in frames.items()
    }
    one, two = combine(frames, method), combine(altered, method)
    then = one["made_at"] <= moment
    pd.testing.assert_frame_equal(one.loc[then, NAMES], two.loc[then, NAMES])


def test_only_forecasts_that_all_have_are_combined() -> None:
    frames = zoo(100)
    frames["bad"] = frames["bad"].iloc[10:60]
    combined = combine(frames)
    assert len(combined) == 50
    with pytest.raises(NoDataError, match="one plan"):
        combine({"good": frames["good"].iloc[:5], "bad": frames["bad"]})
    with pytest.raises(NoDataError, match="nothing to combine"):
        combine({})
    with pytest.raises(InputError, match="equal, inverse-mspe, constrained"):
        combine(frames, "best")


def test_identical_models_share_the_weight() -> None:
    frame = no_change(walk(4, 300), (1,))
    weights = combination_weights({"a": frame, "b": frame}, "constrained")[["a", "b"]]
    assert weights.to_numpy() == pytest.approx(0.5)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 6), pulled=st.sampled_from([0.0, 0.3]))
def test_the_programs_are_solved_as_a_general_solver_would(
    seed: int, count: int, pulled: float
) -> None:
    errors = np.random.default_rng(seed).normal(size=(count + 8, count))
    errors *= np.geomspace(0.5, 3, count)
    product = errors.T @ errors / len(errors)
    pull = np.random.default_rng(seed + 1).uniform(0, pulled, size=count)
    found = smallest_on_simplex(product[None], pull[None])[0]
    general = minimize(
        lambda w: w @ product @ w - 2 * pull @ w,
        np.full(count, 1 / count),
        bounds=[(0, 1)] * count,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        options={"ftol": 1e-12},
    )
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    assert found @ product @ found - 2 * pull @ found <= general.fun + 1e-5 * abs(general.fun)


def test_a_hundred_thousand_rows_of_eight_models_take_seconds() -> None:
    price = walk(5, 2500)
    frames = {
        f"m{n}": no_change(price, tuple(range(1, 41)), f"m{n}", bias=n / 10) for n in range(8)
    }
    began = time.process_time()
    assert len(combine(frames, "constrained")) == 100_000
    assert time.process_time() - began < 8


def test_a_program_does_not_depend_on_the_others() -> None:
    rng = np.random.default_rng(7)
    errors = rng.normal(size=(12, 30, 3)) @ np.array([[1, 0.9, 0.2], [0, 0.5, 0.1], [0, 0, 2.0]])
    products = errors.transpose(0, 2, 1) @ errors / 30
    pull = rng.uniform(0, 0.1, size=(12, 3))
    together = smallest_on_simplex(products, pull)
    each = zip(products, pull, strict=True)
    alone = np.concatenate([smallest_on_simplex(one[None], its[None]) for one, its in each])
    np.testing.assert_array_equal(together, alone)
