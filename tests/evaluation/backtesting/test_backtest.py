"""Backtests forecast from what was known, and from nothing else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.calendars import next_sessions, sessions_between
from wellhead.catalogue.release_rules import RELEASE_RULES
from wellhead.catalogue.targets import Target
from wellhead.errors import InputError, NoDataError, NotEnoughHistoryError
from wellhead.evaluation.backtesting.backtest import backtest
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.features import as_of, build_features
from wellhead.models import create, model_class, model_names
from wellhead.models.bands import past_widths, rolling_widths
from wellhead.tables import STATISTICS

PLAN = BacktestPlan(start="2019-01-02", end="2019-06-28", step=5, refit=60, horizon=10)
FORECAST = ["last_value", *STATISTICS]


def observations(rule: str = "weekly-wednesday", start: str = "2015-01-02") -> pd.DataFrame:
    days = sessions_between("NYSE", start, "2019-12-31")
    values = 60 + np.random.default_rng(0).normal(size=len(days)).cumsum()
    known = RELEASE_RULES[rule](days)
    return pd.DataFrame({"observed_at": days, "available_at": known, "value": values})


def test_a_row_is_an_origin_and_a_horizon() -> None:
    prices = observations()
    frame = backtest("no-change", {}, prices, PLAN, "NYSE")
    assert list(frame.columns) == [
        "model",
        "target_kind",
        "made_at",
        "last_observed_at",
        "last_value",
        "one_step_mae",
        "horizon",
        "target_at",
        *STATISTICS,
        "actual",
        "actual_available_at",
    ]
    assert not frame.duplicated(["made_at", "horizon"]).any()
    ahead = [1, 2, 3, 5, 7, 10]
    assert frame.groupby("made_at")["horizon"].agg(list).map(lambda made: made == ahead).all()
    first = frame[frame["made_at"] == frame["made_at"].iloc[0]]
    sessions = next_sessions("NYSE", first["last_observed_at"].iloc[0], 10)
    assert first["target_at"].tolist() == [sessions[h - 1] for h in ahead]
    value = prices.set_index("observed_at")["value"]
    assert frame["actual"].tolist() == value.loc[frame["target_at"]].tolist()
    assert frame["last_value"].tolist() == value.loc[frame["last_observed_at"]].tolist()
    visible = value.loc[: first["last_observed_at"].iloc[0]].diff().abs().mean()
    assert first["one_step_mae"].iloc[0] == pytest.approx(visible)


def test_origins_are_moments_of_release_each_once() -> None:
    prices = observations()
    daily = backtest("no-change", {}, prices, replace(PLAN, step=1), "NYSE")
    releases = pd.DatetimeIndex(daily["made_at"].unique())
    assert set(releases) <= set(prices["available_at"])
    assert set(releases.day_of_week) == {2}
    assert len(releases) == pytest.approx(26, abs=1)
    newest = prices.groupby("available_at")["observed_at"].max().cummax()
    assert (daily["last_observed_at"] == daily["made_at"].map(newest)).all()


def test_a_session_without_a_price_has_no_actual() -> None:
    prices = observations()
    missing = pd.Timestamp("2019-03-06", tz="UTC")
    frame = backtest("no-change", {}, prices[prices["observed_at"] != missing], PLAN, "NYSE")
    gaps = frame[frame["target_at"] == missing]
    assert len(gaps)
    assert gaps["actual"].isna().all()
    assert frame.drop(gaps.index)["actual"].notna().all()


@settings(max_examples=15, deadline=None)
@given(
    cut=st.integers(5, 20),
    late=st.lists(
        st.tuples(st.integers(0, 1100), st.integers(0, 200), st.floats(-500, 500)), max_size=8
    ),
    model=st.sampled_from(["no-change", "drift"]),
)
def test_nothing_released_after_an_origin_changes_its_forecast(
    cut: int, late: list[tuple[int, int, float]], model: str
) -> None:
    """Later prices are altered, and later revisions of any past day are added."""
    prices = observations()
    before = backtest(model, {}, prices, PLAN, "NYSE")
    origin = before["made_at"].unique()[cut]
    altered = prices.copy()
    altered.loc[altered["available_at"] > origin, "value"] *= -3
    revisions = [
        (prices["observed_at"].iloc[row], origin + pd.Timedelta(days=wait, hours=1), value)
        for row, wait, value in late
    ]
    if revisions:
        added = pd.DataFrame(revisions, columns=["observed_at", "available_at", "value"])
        known = added["available_at"] >= added["observed_at"]
        altered = pd.concat([altered, added[known]], ignore_index=True)
    after = backtest(model, {}, altered, PLAN, "NYSE")
    one, two = (frame[frame["made_at"] <= origin] for frame in (before, after))
    keys = ["made_at", "horizon", *FORECAST]
    pd.testing.assert_frame_equal(one[keys], two[keys], check_exact=True)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 99), rows=st.integers(2, 400), flat=st.integers(0, 60))
def test_shared_bands_are_those_of_each_origin_to_the_last_digit(
    seed: int, rows: int, flat: int
) -> None:
    """A forecast must not depend on whether later revisions forbid sharing."""
    steps = np.random.default_rng(seed).standard_t(2, size=rows).round(2)
    steps[:flat] = 0.0
    price = pd.Series(3.0 + steps.cumsum())
    shared = rolling_widths(price, range(1, 31), window=150)
    for row in {rows - 1, max(1, rows // 2), max(1, rows // 3)}:
        history = pd.DataFrame({"value": price[: row + 1]})
        np.testing.assert_array_equal(shared[row], past_widths(history, 30, window=150))


@pytest.mark.parametrize("model", model_names())
def test_a_backtest_forecasts_what_one_would_have_forecast_then(model: str) -> None:
    """The origin's forecast is that of a model given only the rows of that moment."""
    prices = observations()
    revised = prices.sample(40, random_state=1).assign(
        value=lambda rows: rows["value"] + 5,
        available_at=lambda rows: rows["available_at"] + pd.Timedelta(days=20),
    )
    prices = pd.concat([prices, revised], ignore_index=True)
    plan = replace(PLAN, end="2019-01-20", step=10)
    frame = backtest(model, {}, prices, plan, "NYSE")
    first, last = frame["made_at"].min(), frame["made_at"].max()
    kind = model_class(model)
    then = [build_features(as_of(prices, moment), kind.features) for moment in (first, last)]
    expected = create(model).fit(then[0]).predict(then[1], 10)
    ours = frame[frame["made_at"] == last][list(STATISTICS)]
    np.testing.assert_array_equal(ours, expected.loc[list(PLAN.horizons(Target.DAILY))])


def test_the_refit_cadence_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    fits: list[pd.Timestamp] = []
    drift = model_class("drift")
    fit = drift._fit
    monkeypatch.setattr(
        drift, "_fit", lambda model, history: (fits.append(history.index[-1]), fit(model, history))
    )
    frame = backtest("drift", {}, observations("same-day-close"), PLAN, "NYSE")
    assert len(fits) == 3  # 124 sessions: at 0, 60 and 120
    assert frame["made_at"].nunique() == 25


def _fitted_on(monkeypatch: pytest.MonkeyPatch, plan: BacktestPlan) -> list[pd.DataFrame]:
    """The histories that drift was fitted on in a backtest."""
    fits: list[pd.DataFrame] = []
    drift = model_class("drift")
    fit = drift._fit
    monkeypatch.setattr(
        drift, "_fit", lambda model, history: (fits.append(history), fit(model, history))
    )
    backtest("drift", {}, observations("same-day-close"), plan, "NYSE")
    return fits


def test_windows_grow_or_roll_and_an_embargo_leaves_out_the_newest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        growing = _fitted_on(patch, PLAN)
    assert [len(history) for history in growing] == [1007, 1067, 1127]
    assert [history.index[0] for history in growing] == [growing[0].index[0]] * 3
    with monkeypatch.context() as patch:
        rolling = _fitted_on(patch, replace(PLAN, window=500, embargo=10))
    for all_of_it, window in zip(growing, rolling, strict=True):
        assert window.index.equals(all_of_it.index[-510:-10])


def test_between_fits_a_model_forecasts_from_what_has_come() -> None:
    prices = observations("same-day-close")
    once = backtest("arima", {}, prices, replace(PLAN, refit=500), "NYSE")
    assert once.groupby("made_at")["last_value"].first().nunique() == 25
    fitted = create("arima").fit(as_of(prices, once["made_at"].iloc[0]))
    expected = fitted.predict(as_of(prices, once["made_at"].iloc[-1]), 10)
    ahead = list(PLAN.horizons(Target.DAILY))
    ours = once[list(STATISTICS)].tail(len(ahead))
    np.testing.assert_array_equal(ours, expected.loc[ahead])


def test_an_actual_is_known_since_its_vintage_was() -> None:
    prices = observations("same-day-close")
    day = pd.Timestamp("2019-03-06", tz="UTC")
    revision = prices[prices["observed_at"] == day].assign(
        value=1.5, available_at=pd.Timestamp("2019-09-02", tz="UTC")
    )
    frame = backtest("drift", {}, pd.concat([prices, revision]), PLAN, "NYSE")
    rows = frame[frame["target_at"] == day]
    assert (rows["actual"] == 1.5).all()
    assert (rows["actual_available_at"] == pd.Timestamp("2019-09-02", tz="UTC")).all()
    others = frame[frame["target_at"] != day]
    closes = others["target_at"] + pd.Timedelta(hours=23)
    assert (others["actual_available_at"] == closes).all()


def test_a_covariate_reaches_a_model_as_it_was_known(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[pd.DataFrame] = []
    drift = model_class("drift")
    monkeypatch.setattr(drift, "covariates", ("BRENT", "CRUDE_STOCKS"), raising=False)
    mean = drift._mean_changes
    monkeypatch.setattr(
        drift,
        "_mean_changes",
        lambda model, history, h: (seen.append(history), mean(model, history, h))[1],
    )
    prices = observations("same-day-close")
    brent = prices.assign(value=prices["value"] * 2)
    backtest(
        "drift", {}, prices, replace(PLAN, end="2019-01-10"), "NYSE", {"BRENT": brent, "VIX": brent}
    )
    assert seen
    for history in seen:
        assert "CRUDE_STOCKS" not in history
        assert "VIX" not in history
        assert (history["BRENT"] == 2 * history["value"]).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"step": 0}, "step is 0: give 1 or more"),
        ({"window": 0}, "window is 0"),
        ({"embargo": -1}, "embargo is -1: give 0 or more"),
        ({"targets": ("weekly",)}, "target 'weekly' is not known: choose from daily, monthly"),
        ({"end": "2018-01-01"}, "end 2018-01-01 is before start"),
    ],
)
def test_a_senseless_plan_is_refused(changes: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        replace(PLAN, **changes)


def test_a_window_shorter_than_a_model_needs_is_refused() -> None:
    with pytest.raises(InputError, match="model arima is fitted on 250 sessions or more"):
        backtest("arima", {}, observations(), replace(PLAN, window=200), "NYSE")


def test_too_early_a_start_is_an_error() -> None:
    with pytest.raises(NotEnoughHistoryError, match="observations"):
        backtest("arima", {}, observations(start="2018-10-01"), PLAN, "NYSE")


def test_a_plan_without_origins_is_an_error() -> None:
    with pytest.raises(NoDataError, match="no price was released"):
        backtest("drift", {}, observations(), BacktestPlan(start="2021-01-01"), "NYSE")
    with pytest.raises(NoDataError, match="no observations"):
        backtest("drift", {}, observations().iloc[:0], PLAN, "NYSE")
