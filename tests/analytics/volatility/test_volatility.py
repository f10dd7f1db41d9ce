"""Volatility models: the same whatever comes later, and the same as the library that they use."""

import numpy as np
import pandas as pd
import pytest
from arch import arch_model
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.analytics.volatility.backtest import backtest
from wellhead.analytics.volatility.garch import Garch
from wellhead.analytics.volatility.interface import HORIZONS, History, history
from wellhead.analytics.volatility.models import MODELS
from wellhead.analytics.volatility.scores import qlike, score
from wellhead.analytics.volatility.selection import chosen
from wellhead.errors import NotEnoughHistoryError

EVERY_MODEL = pytest.mark.parametrize("name", MODELS)
ASYMMETRIC = {"gjr": {"vol": "GARCH", "o": 1}, "egarch": {"vol": "EGARCH", "o": 1}}


def simulated(days: int, seed: int = 3) -> History:
    """Changes of a GARCH with t errors."""
    random = np.random.default_rng(seed)
    variance, changes = 4.0, []
    for shock in random.standard_t(5, days) * np.sqrt(3 / 5):
        changes.append(np.sqrt(variance) * shock)
        variance = 0.1 + 0.1 * changes[-1] ** 2 + 0.88 * variance
    stamps = pd.bdate_range("2000-01-03", periods=days, tz="UTC")
    return history(pd.Series(changes, index=stamps) / 100)


PAST = simulated(900)


@EVERY_MODEL
def test_a_forecast_uses_nothing_that_came_later(name: str) -> None:
    """Also not where the model is fitted again after the change."""
    changed = PAST.changes.copy()
    changed[720:] = -3 * changed[720:] + 0.01
    other = history(pd.Series(changed, index=PAST.days))
    frames = [backtest(MODELS[name], each, 600, refit=100) for each in (PAST, other)]
    known = [frame[frame["origin"] < PAST.days[720]]["variance"].to_numpy() for frame in frames]
    assert len(known[0]) == 120 * len(HORIZONS)
    np.testing.assert_array_equal(*known)


@EVERY_MODEL
def test_a_backtest_is_a_row_an_origin_and_horizon(name: str) -> None:
    frame = backtest(MODELS[name], PAST, 800, refit=50)
    assert len(frame) == 100 * len(HORIZONS)
    assert (frame["variance"] > 0).all()
    for horizon, of_horizon in frame.groupby("horizon"):
        assert of_horizon["realised"].isna().sum() == min(horizon, 100)
        expected = np.mean(PAST.changes[801 : 801 + horizon] ** 2)
        assert of_horizon["realised"].iloc[0] == pytest.approx(expected)


@EVERY_MODEL
def test_too_few_days_are_one_clear_line(name: str) -> None:
    with pytest.raises(NotEnoughHistoryError, match="load more history"):
        backtest(MODELS[name], PAST.until(60), 50)


@pytest.mark.parametrize("kind", ["garch", "gjr", "egarch"])
def test_the_term_structure_is_that_of_arch(kind: str) -> None:
    fitted = Garch(kind).fit(PAST, HORIZONS)  # type: ignore[arg-type]
    shape = ASYMMETRIC.get(kind, {"vol": "GARCH", "o": 0})
    model = arch_model(100 * PAST.changes, mean="Zero", p=1, q=1, dist="t", **shape)  # type: ignore[arg-type]
    fixed = model.fix(np.array(list(fitted.parameters.values())))
    how = {"method": "simulation", "simulations": 40_000} if kind == "egarch" else {}
    options = {"random_state": np.random.RandomState(1)} if kind == "egarch" else {}
    path = fixed.forecast(horizon=63, reindex=False, **how, **options).variance.to_numpy()[0]  # type: ignore[arg-type]
    expected = [path[:h].mean() / 100**2 for h in HORIZONS]
    ours = fitted.variances(PAST, HORIZONS)[-1]
    np.testing.assert_allclose(ours, expected, rtol=0.02 if kind == "egarch" else 1e-9)


def test_qlike_is_zero_for_a_perfect_forecast_and_undefined_without_a_change() -> None:
    losses = qlike(np.array([2.0, 1.0, 1.0]), np.array([2.0, 2.0, 0.0]))
    np.testing.assert_allclose(losses, [0, 1 - np.log(2), np.nan])


def test_the_model_that_made_the_data_scores_best_and_by_more_than_luck() -> None:
    past = simulated(3000)
    table = score({name: backtest(MODELS[name], past, 600) for name in ("ewma", "garch-t")})
    best = table.groupby("horizon").first()
    assert best["model"].tolist() == ["garch-t"] * len(HORIZONS)
    assert best["p_value"].iloc[0] < 0.05
    assert best["p_in_set"].tolist() == [1] * len(HORIZONS)
    assert best["origins"].tolist() == [2400 - horizon for horizon in HORIZONS]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-0.2, 0.2), min_size=90, max_size=120))
def test_any_changes_give_a_variance_or_none(changes: list[float]) -> None:
    """Flat stretches and single moves too: never a negative or an infinite one."""
    stamps = pd.bdate_range("2000-01-03", periods=len(changes), tz="UTC")
    past = history(pd.Series(changes, index=stamps))
    for name in ("ewma", "har"):
        model = MODELS[name]
        try:
            variances = model.fit(past, (1, 5)).variances(past, (1, 5))
        except NotEnoughHistoryError:
            assert np.count_nonzero(past.changes) < 90
            continue
        assert not (variances < 0).any()
        assert not np.isinf(variances).any()


def test_the_choice_uses_the_outcomes_that_were_known() -> None:
    past = simulated(2000)
    frames = {name: backtest(MODELS[name], past, 600) for name in ("ewma", "garch-t", "har")}
    made = chosen(frames)
    assert len(made) == len(frames["ewma"])
    week = made[made["horizon"] == 5].reset_index(drop=True)
    assert set(week["model"].head(254)) == {"ewma"}
    assert week["model"].iloc[-1] == "garch-t"
    row = week.iloc[1000]
    of = frames[row["model"]]
    same = of[(of["origin"] == row["origin"]) & (of["horizon"] == 5)]
    assert same["variance"].item() == row["variance"]
    cut = {name: frame[frame["origin"] < past.days[1700]] for name, frame in frames.items()}
    early = made[made["origin"] < past.days[1700]].reset_index(drop=True)
    pd.testing.assert_frame_equal(chosen(cut).reset_index(drop=True), early)
