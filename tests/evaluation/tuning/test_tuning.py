"""Tuning uses only the past, is repeatable, finds a planted effect, and admits chance."""

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from wellhead.calendars import sessions_between
from wellhead.catalogue.release_rules import RELEASE_RULES
from wellhead.catalogue.targets import Target
from wellhead.errors import InputError
from wellhead.evaluation.backtesting.backtest import backtest
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.evaluation.scoring.scores import score
from wellhead.evaluation.tuning.data import TuningData, tuning_data_before
from wellhead.evaluation.tuning.search import search_hyper_parameters
from wellhead.evaluation.tuning.trials import Trials
from wellhead.models import create

BEFORE = "2017-06-01"
PLAN = BacktestPlan(start=BEFORE, step=40, refit=500, horizon=5)


def observations(seed: int = 0, rule: str = "weekly-wednesday") -> pd.DataFrame:
    """A walk, published on the Wednesday after its week: days before BEFORE are known after it."""
    days = sessions_between("NYSE", "2012-01-03", "2018-06-29")
    value = 60 + np.random.default_rng(seed).normal(size=len(days)).cumsum()
    known = RELEASE_RULES[rule](days)
    return pd.DataFrame({"observed_at": days, "available_at": known, "value": value})


def reverting(speed: float, seed: int = 1, years: int = 20) -> pd.DataFrame:
    """Exponential of an Ornstein–Uhlenbeck process that closes `speed` of its gap in a month."""
    days = sessions_between("NYSE", "2000-01-03", f"{2000 + years}-01-01")
    kept, y = (1 - speed) ** (1 / 21), np.zeros(len(days))
    for t, noise in enumerate(np.random.default_rng(seed).normal(scale=0.02, size=len(days))):
        y[t] = kept * y[t - 1] + noise
    known = RELEASE_RULES["same-day-close"](days)
    return pd.DataFrame({"observed_at": days, "available_at": known, "value": 50 * np.exp(y)})


def _past(rows: pd.DataFrame, covariate: pd.DataFrame | None = None, **more: int) -> TuningData:
    covariates = {} if covariate is None else {"BRENT": covariate}
    return tuning_data_before(
        BEFORE, rows, PLAN, "NYSE", covariates, since="2015-01-02", **{"folds": 3, **more}
    )


def _tune(rows: pd.DataFrame, covariate: pd.DataFrame | None = None, seed: int = 0) -> Trials:
    past = _past(rows, covariate, folds=2)
    return search_hyper_parameters(past, "regression", {"sister": "BRENT"}, trials=3, seed=seed)


@lru_cache
def plain() -> Trials:
    """A search on the series as they are."""
    return _tune(observations(0), observations(1))


@settings(max_examples=5, deadline=None, phases=(Phase.generate,))  # to shrink takes minutes
@given(
    late=st.lists(
        st.tuples(st.integers(0, 1600), st.integers(0, 200), st.floats(-500, 500)), max_size=8
    ),
    factor=st.floats(-3, 3),
)
def test_what_became_known_on_the_day_or_later_changes_nothing(
    late: list[tuple[int, int, float]], factor: float
) -> None:
    """Later prices are altered, in the price and its covariate, and every day is revised later."""
    moment = pd.Timestamp(BEFORE, tz="UTC")
    series = [observations(0), observations(1)]
    altered = []
    for rows in series:
        after = rows["available_at"] >= moment
        assert (rows[after]["observed_at"] < moment).any()
        new = rows.assign(value=rows["value"].where(~after, rows["value"] * factor))
        revised = [
            {
                "observed_at": rows["observed_at"][place],
                "value": value,
                "available_at": max(moment, rows["available_at"][place]) + pd.Timedelta(days=delay),
            }
            for place, delay, value in late
        ]
        all_days = rows[~after].assign(value=rows["value"] * factor, available_at=moment)
        altered.append(pd.concat([new, pd.DataFrame(revised), all_days], ignore_index=True))
    same = _tune(*altered)
    pd.testing.assert_frame_equal(plain().table(), same.table(), check_exact=True)
    pd.testing.assert_frame_equal(plain().best.rows, same.best.rows, check_exact=True)


@pytest.mark.parametrize("place", [0, 1], ids=["price", "covariate"])
def test_what_was_known_before_does_change_it(place: int) -> None:
    series = [observations(0), observations(1)]
    early = series[place]["value"].where(series[place].index != 900, 90.0)
    series[place] = series[place].assign(value=early)
    assert _tune(*series).present.loss != plain().present.loss


def test_the_same_seed_tries_the_same_and_another_does_not() -> None:
    series = observations(0), observations(1)
    pd.testing.assert_frame_equal(_tune(*series).table(), plain().table(), check_exact=True)
    others = [trial.params for trial in _tune(*series, seed=1).tried]
    assert others[0] == plain().present.params
    assert others[1:] != [trial.params for trial in plain().tried][1:]


def test_every_outcome_was_known_and_folds_follow_one_another() -> None:
    rows = observations()
    past, moment = _past(rows), pd.Timestamp(BEFORE, tz="UTC")
    known = rows[rows["available_at"] < moment]
    assert past.last_day == known["observed_at"].max()
    assert past.last_day < moment - pd.Timedelta(days=1)  # the newest days were not out yet
    losses = pd.concat([past.losses("drift", {}, fold) for fold in range(3)])
    assert losses["target_end"].max() <= past.last_day
    assert losses["made_at"].is_monotonic_increasing
    assert set(losses["horizon"]) == {1, 5}
    assert losses.groupby("fold")["made_at"].nunique().between(4, 6).all()
    assert losses["made_at"].min() >= pd.Timestamp("2015-01-02", tz="UTC")


@pytest.mark.parametrize(
    ("before", "calendar", "newest", "last_target"),
    [
        ("2017-06-01", "NYSE", "2016-05", "2017-05-31"),
        ("2017-05-20", "weekdays", "2016-04", "2017-04-28"),  # May goes on
    ],
)
def test_months_count_whose_last_day_was_known_but_for_the_running_one(
    before: str, calendar: str, newest: str, last_target: str
) -> None:
    rows, plan = observations(rule="same-day-close"), BacktestPlan(before, targets=("monthly",))
    past = tuning_data_before(before, rows, plan, calendar, since="2015-01-02", folds=2)
    losses = pd.concat([past.losses("drift", {}, fold) for fold in range(2)])
    assert set(losses["horizon"]) == set(Target.MONTHLY.scored) - {0}
    assert losses.groupby("made_at").size().eq(len(Target.MONTHLY.scored) - 1).all()
    assert losses["made_at"].max().strftime("%Y-%m") == newest
    assert losses["target_end"].max() == pd.Timestamp(last_target, tz="UTC")


def test_the_loss_is_the_mean_mspe_ratio() -> None:
    rows = observations()
    past = _past(rows, folds=1)
    (plan,) = past.folds
    scores = score(backtest("drift", {}, past.observations, plan, "NYSE"), horizons=(1, 5))
    ratios = scores.set_index(["metric", "horizon"])["value"]["mspe_ratio"][[1, 5]]
    found = search_hyper_parameters(past, "drift", {}, trials=2).present
    assert found.loss == pytest.approx(ratios.mean(), rel=1e-12)
    assert found.by_origin.mean() == pytest.approx(found.loss, rel=1e-12)


def test_march_to_july_2020_does_not_count() -> None:
    days = sessions_between("NYSE", "2012-01-03", "2021-06-30")
    value = 60 + np.random.default_rng(0).normal(size=len(days)).cumsum()
    prices = pd.DataFrame({"observed_at": days, "available_at": days, "value": value})
    april = prices["observed_at"] == pd.Timestamp("2020-04-20", tz="UTC")
    fallen = prices.assign(value=prices["value"].where(~april, -36.98))
    plan = BacktestPlan(start="2021-06-01", step=3, refit=500, horizon=5)
    losses = [
        tuning_data_before("2021-06-01", rows, plan, "NYSE", since="2020-01-02", folds=1).losses(
            "no-change", {}, 0
        )
        for rows in (prices, fallen)
    ]
    pd.testing.assert_frame_equal(*losses)
    inside = losses[0]["made_at"].between("2020-03-01", "2020-08-01")
    assert not inside.any()


@pytest.fixture(scope="module")
def found() -> Trials:
    """A search on a price that reverts by 20 % a month, when 0.2 % are present."""
    plan = BacktestPlan(start="2020-01-01", step=16)
    past = tuning_data_before("2020-01-01", reverting(0.2), plan, "NYSE", folds=4)
    present = {"speed": 0.002, "band_window": 250}
    return search_hyper_parameters(past, "mean-reversion", present, only=["speed"], trials=10)


def test_a_planted_effect_is_found(found: Trials) -> None:
    assert found.present.params == {"speed": 0.002}
    assert 0.08 <= found.best.params["speed"] <= 0.2
    assert found.best.loss < 0.95 * found.present.loss
    assert found.gains.gt(0).sum() >= 3
    ratios = found.by_horizon()
    assert ratios.loc["best", 63] < ratios.loc["present", 63] - 0.05


def test_worse_sets_are_pruned_and_the_best_never_is(found: Trials) -> None:
    pruned = [trial for trial in found.tried if trial.pruned]
    assert pruned
    assert all(2 <= len(trial.ratios) < 4 for trial in pruned)
    assert all(len(trial.ratios) == 4 for trial in found.ranked)
    table = found.table()
    assert (table["state"] == "pruned").sum() == len(pruned)
    assert table.loc[table["state"] == "pruned", "loss"].isna().all()
    assert found.best.loss == table["loss"].min()


def test_without_an_effect_the_conclusion_is_chance() -> None:
    """Nothing forecasts a walk; of many drifts one is still the luckiest."""
    days = sessions_between("NYSE", "2000-01-03", "2012-01-01")
    for seed in range(2):
        value = 60 + np.random.default_rng(seed).normal(size=len(days)).cumsum()
        rows = pd.DataFrame({"observed_at": days, "available_at": days, "value": value})
        plan = BacktestPlan(start="2012-01-01", step=21, horizon=5)
        past = tuning_data_before("2012-01-01", rows, plan, "NYSE", folds=2)
        text = search_hyper_parameters(past, "drift", {"band_window": 250}, trials=5).conclusion
        assert text.startswith("None of 4 ") or text.endswith("Keep the present set."), text


def test_the_present_is_first_even_outside_the_space_and_the_rest_of_it_stays() -> None:
    present = {"drift_window": 100, "band_window": 300}
    tried = search_hyper_parameters(_past(observations()), "drift", present, trials=3).tried
    assert tried[0].params == {"drift_window": 100}
    assert all(set(trial.params) == {"drift_window"} for trial in tried)
    create("drift", **{**present, **tried[-1].params})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"trials": 1}, "trials is 1: give 2 or more"),
        ({"model": "no-change"}, "nothing to tune"),
        ({"since": None, "before": "2013-01-01"}, "load more of the past"),
        ({"since": "2017-01-03"}, "too few for 3 folds"),
        ({"flat": True}, "no known change of the price"),
    ],
)
def test_what_cannot_be_done_is_one_line(change: dict, words: str) -> None:
    asked = {"trials": 2, "model": "drift", "since": "2015-01-02", "before": BEFORE, **change}
    rows = observations()
    if asked.get("flat"):
        rows["value"] = 5.0
    with pytest.raises(InputError, match=words) as raised:
        search_hyper_parameters(
            tuning_data_before(asked["before"], rows, PLAN, "NYSE", since=asked["since"], folds=3),
            asked["model"],
            {},
            trials=asked["trials"],
        )
    assert "\n" not in str(raised.value)
