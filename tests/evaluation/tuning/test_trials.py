"""The result of a search: the best set, its test, the conclusion."""

import math

import numpy as np
import pandas as pd
import pytest

from wellhead.evaluation.scoring.significance import diebold_mariano
from wellhead.evaluation.tuning.trials import Trial, Trials


def losses(values: np.ndarray, open_for: int = 1, folds: int = 4) -> pd.DataFrame:
    """Rows of one horizon, an origin a day; `open_for`: days until the target."""
    days = pd.bdate_range("2001-01-01", periods=len(values) + open_for, tz="UTC")
    return pd.DataFrame(
        {
            "fold": np.arange(len(values)) * folds // len(values),
            "made_at": days[: len(values)] + pd.Timedelta(hours=23),
            "last_observed_at": days[: len(values)],
            "target_end": days[open_for:],
            "horizon": open_for,
            "loss": values,
        }
    )


def tried(*gains: float, count: int = 200, open_for: int = 1) -> Trials:
    """The present set, and others whose losses are lower by so much and by noise of their own."""
    rng = np.random.default_rng(0)
    present = rng.chisquare(1, size=count)
    series = [present, *(present - gain + rng.normal(scale=0.1, size=count) for gain in gains)]
    return Trials(
        [Trial(i, {"speed": i / 10}, losses(one, open_for)) for i, one in enumerate(series)]
    )


def test_the_best_has_the_lowest_loss_and_its_test_is_diebold_and_marianos() -> None:
    trials = tried(0.02, 0.05, -0.1)
    assert trials.best.number == 2
    assert [trial.number for trial in trials.ranked] == [2, 1, 0, 3]
    assert trials.gains.mean() == pytest.approx(trials.present.loss - trials.best.loss)
    ours, theirs = (trial.rows["loss"].to_numpy() for trial in (trials.best, trials.present))
    assert trials.p_value == diebold_mariano(ours, theirs, 1)
    assert trials.corrected == pytest.approx(3 * trials.p_value)
    assert "better by more than noise on this past." in trials.conclusion


def test_overlapping_outcomes_count_for_less() -> None:
    assert tried(0.02, open_for=10).p_value != tried(0.02).p_value
    ours, theirs = tried(0.02, open_for=10).tried[::-1]
    expected = diebold_mariano(ours.rows["loss"].to_numpy(), theirs.rows["loss"].to_numpy(), 10)
    assert tried(0.02, open_for=10).p_value == expected


def test_the_best_of_many_must_be_better_than_luck() -> None:
    few, many = tried(0.015), tried(0.015, *[-0.5] * 39)
    assert few.p_value == many.p_value < 0.05 < many.corrected
    assert "more than noise" in few.conclusion
    assert many.conclusion.endswith("it may be chance. Keep the present set.")


def test_one_set_tried_twice_counts_once_and_a_pruned_one_cannot_win() -> None:
    trials = tried(0.05, 0.02)
    first = trials.best
    again = Trial(3, first.params, first.rows)
    lucky = Trial(4, {"speed": 0.9}, losses(np.zeros(100), folds=2), pruned=True)
    with_both = Trials([*trials.tried, again, lucky])
    assert with_both.best is first
    assert [trial.number for trial in with_both.ranked] == [1, 2, 0]
    assert with_both.others == 3
    table = with_both.table().set_index("number")
    assert math.isnan(table.loc[4, "loss"])
    assert table.loc[4, ["state", "folds"]].tolist() == ["pruned", 2]
    assert table.loc[1, ["state", "loss"]].tolist() == ["complete", first.loss]


def test_it_says_so_where_nothing_was_better_and_where_there_is_too_little_to_tell() -> None:
    assert tried(-0.1, -0.2).conclusion == ("None of 2 other sets was better than the present set.")
    short = tried(0.5, count=60, open_for=20)
    assert math.isnan(short.p_value)
    assert math.isnan(short.corrected)
    assert "too few origins for a test. Keep the present set." in short.conclusion


def test_every_fold_and_horizon_has_the_same_weight() -> None:
    near, far = losses(np.full(8, 1.0)), losses(np.full(40, 2.0), open_for=5)
    trial = Trial(0, {}, pd.concat([near, far.assign(fold=0)]))
    assert trial.ratios[1].tolist() == [1.0] * 4
    assert trial.ratios.loc[0].tolist() == [1.0, 2.0]
    assert trial.loss == pytest.approx((1.5 + 1 + 1 + 1) / 4)
