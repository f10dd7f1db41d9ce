"""Averages of months: what is known of them, and a path for the rest."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.calendars import sessions_between
from wellhead.catalogue.release_rules import RELEASE_RULES
from wellhead.catalogue.targets import Target
from wellhead.errors import NotEnoughHistoryError
from wellhead.evaluation.backtesting.actuals import actuals
from wellhead.evaluation.backtesting.backtest import backtest
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.evaluation.backtesting.targets import monthly_forecast
from wellhead.evaluation.scoring.scores import POOLED, score
from wellhead.features import as_of
from wellhead.models import create
from wellhead.tables import STATISTICS

PLAN = BacktestPlan(
    start="2018-01-01", end="2019-06-28", refit=120, months=6, targets=("monthly",), horizon=21
)
UTC = "UTC"


def observations(rule: str = "same-day-close", end: str = "2019-12-31") -> pd.DataFrame:
    days = sessions_between("NYSE", "2014-01-02", end)
    values = 60 + np.random.default_rng(3).normal(size=len(days)).cumsum()
    return pd.DataFrame(
        {"observed_at": days, "available_at": RELEASE_RULES[rule](days), "value": values}
    )


def test_origins_are_the_last_releases_of_months_and_the_running_month_is_0() -> None:
    for rule in ("same-day-close", "weekly-wednesday"):
        prices = observations(rule)
        frame = backtest("no-change", {}, prices, PLAN, "NYSE")
        made = pd.DatetimeIndex(frame["made_at"].unique())
        released = prices["available_at"]
        last = released.groupby(released.dt.tz_localize(None).dt.to_period("M")).max()
        assert list(made) == list(last["2018-01":"2019-06"])
        assert frame.groupby("made_at")["horizon"].agg(list).map(lambda h: h == [*range(7)]).all()
        running = frame[frame["horizon"] == 0]
        assert (running["target_at"].dt.month == running["made_at"].dt.month).all()
        assert (frame["target_at"].dt.day == 1).all()


def test_a_month_is_its_known_days_and_the_path_over_the_rest() -> None:
    """Worked out by hand at an origin in the middle of a month, with a steep path."""
    prices = observations()
    made_at = pd.Timestamp("2019-05-15 23:00", tz=UTC)
    history = as_of(prices, made_at)
    model = create("drift", drift_window=63).fit(history)
    horizon, targets, statistics = monthly_forecast(model, history, made_at, 3, "NYSE")
    coming = sessions_between("NYSE", "2019-05-16", "2019-08-31")
    path = pd.Series(model.mean_path(history, len(coming)), index=coming)
    assert list(horizon) == [0, 1, 2, 3]
    assert list(targets) == list(pd.date_range("2019-05-01", periods=4, freq="MS", tz=UTC))
    known = history["value"]["2019-05-01":]
    assert len(known) == 11
    rest = path[:"2019-05-31"]
    assert len(rest) == 11
    assert statistics[0, 0] == pytest.approx((known.sum() + rest.sum()) / 22)
    for row, month in enumerate(("2019-06", "2019-07", "2019-08"), start=1):
        assert statistics[row, 0] == pytest.approx(path[month].mean())


def test_bands_are_past_errors_of_as_many_sessions_as_far_ahead() -> None:
    """A price that moves by one each session has the same scaled error at every past session."""
    days = sessions_between("NYSE", "2015-01-02", "2019-05-31")
    known = RELEASE_RULES["same-day-close"](days)
    values = 1e6 + np.arange(len(days))
    prices = pd.DataFrame({"observed_at": days, "available_at": known, "value": values})
    made_at = pd.Timestamp("2019-05-31 23:00", tz=UTC)
    history = as_of(prices, made_at)
    model = create("no-change").fit(history)
    _, _, statistics = monthly_forecast(model, history, made_at, 2, "NYSE")
    quantiles = statistics[:, 1:]
    assert quantiles[0] == pytest.approx(statistics[0, 0])  # the month is over
    # June 2019 has 20 sessions: no-change misses its mean by 10.5; July begins after them.
    assert quantiles[1][-1] - statistics[1, 0] == pytest.approx(10.5, rel=0.02)
    assert quantiles[2][-1] - statistics[2, 0] == pytest.approx(20 + 11.5, rel=0.02)
    assert (np.diff(quantiles, axis=1) >= 0).all()


def test_the_nowcast_beats_no_change_by_the_days_known() -> None:
    """Any day's origin. With r of n sessions to come, a walk leaves (r/n) of the plain error."""
    plan = replace(PLAN, start="2017-01-01", end="2019-11-29", monthly_step=2, months=1, refit=2000)
    frame = backtest("no-change", {}, observations(), plan, "NYSE")
    now = frame[frame["horizon"] == 0].dropna(subset="actual")
    sessions = sessions_between("NYSE", "2015-12-01", "2019-12-31")
    month = sessions.tz_localize(None).to_period("M")
    place = pd.Series(np.arange(len(sessions)), index=sessions)
    share_to_come = 1 - (place.groupby(month).rank() / place.groupby(month).transform("size"))
    left = share_to_come[now["last_observed_at"]].to_numpy()
    plain, ours = (now[m] - now["actual"] for m in ("last_value", "mean"))
    assert ours.abs().mean() < 0.75 * plain.abs().mean()
    assert ours[left == 0].abs().max() < 1e-9
    middle, late = (left > 0.3) & (left < 0.7), (left < 0.3) & (left > 0)
    assert (ours**2)[late].mean() < 0.3 * (plain**2)[late].mean()
    assert (ours**2)[middle].mean() < 0.7 * (plain**2)[middle].mean()
    ratio = (
        score(frame, horizons=(0, 1)).query("metric == 'mspe_ratio'").set_index("horizon")["value"]
    )
    assert ratio[0] < 0.6
    assert ratio[POOLED] == 1.0  # the running month is no part of it
    assert ratio[1] == 1.0


def test_a_month_counts_once_it_is_complete() -> None:
    prices = observations("weekly-wednesday")
    known = actuals(prices, Target.MONTHLY, "NYSE")
    may = prices[prices["observed_at"].between("2019-05-01", "2019-05-31")]
    row = known.loc[pd.Timestamp("2019-05-01", tz=UTC)]
    assert row["actual"] == pytest.approx(may["value"].mean())
    assert row["actual_available_at"] == may["available_at"].max()
    assert row["actual_available_at"] > pd.Timestamp("2019-06-01", tz=UTC)
    cut = prices[prices["observed_at"] <= pd.Timestamp("2019-05-30", tz=UTC)]
    assert actuals(cut, Target.MONTHLY, "NYSE").index.max() == pd.Timestamp("2019-04-01", tz=UTC)


def test_a_month_whose_last_session_has_no_price_is_complete_with_a_later_day() -> None:
    prices = observations()
    last = pd.Timestamp("2019-05-31", tz=UTC)
    known = actuals(prices[prices["observed_at"] != last], Target.MONTHLY, "NYSE")
    row = known.loc[pd.Timestamp("2019-05-01", tz=UTC)]
    assert row["actual_available_at"] == pd.Timestamp("2019-06-03 23:00", tz=UTC)
    may = prices["value"][prices["observed_at"].between("2019-05-01", "2019-05-30")]
    assert row["actual"] == pytest.approx(may.mean())


def test_a_revision_moves_the_moment_a_month_was_known() -> None:
    prices = observations()
    found = pd.Timestamp("2019-09-10", tz=UTC)
    revised = prices[prices["observed_at"] == pd.Timestamp("2019-05-07", tz=UTC)]
    both = pd.concat([prices, revised.assign(value=0.0, available_at=found)])
    before, after = (actuals(table, Target.MONTHLY, "NYSE") for table in (prices, both))
    may = pd.Timestamp("2019-05-01", tz=UTC)
    assert after.loc[may, "actual_available_at"] == found
    assert after.loc[may, "actual"] < before.loc[may, "actual"]
    pd.testing.assert_frame_equal(after.drop(may), before.drop(may))


def test_days_and_months_together_are_what_each_is_alone() -> None:
    prices, plan = observations(), replace(PLAN, start="2018-09-01", end="2019-04-30", refit=60)
    kinds = tuple(Target)
    both = backtest("arima", {}, prices, replace(plan, targets=kinds), "NYSE")
    for kind in kinds:
        alone = backtest("arima", {}, prices, replace(plan, targets=(kind,)), "NYSE")
        ours = both[both["target_kind"] == kind].reset_index(drop=True)
        pd.testing.assert_frame_equal(ours, alone, check_exact=True)


@settings(max_examples=10, deadline=None)
@given(cut=st.integers(2, 16), factor=st.sampled_from([-3.0, 0.0, 50.0]))
def test_nothing_after_an_origin_changes_its_forecast_of_months(cut: int, factor: float) -> None:
    prices = observations("weekly-wednesday")
    before = backtest("drift", {}, prices, PLAN, "NYSE")
    origin = before["made_at"].unique()[cut]
    altered = prices.copy()
    altered.loc[altered["available_at"] > origin, "value"] *= factor
    revision = prices.sample(20, random_state=cut).assign(
        value=7.0, available_at=origin + pd.Timedelta(days=11)
    )
    early = revision[revision["observed_at"] <= origin]
    after = backtest("drift", {}, pd.concat([altered, early]), PLAN, "NYSE")
    one, two = (frame[frame["made_at"] <= origin] for frame in (before, after))
    forecast = ["made_at", "horizon", "target_at", "last_value", *STATISTICS]
    pd.testing.assert_frame_equal(one[forecast], two[forecast], check_exact=True)
    known = one["actual_available_at"] <= origin
    fresh = two["actual_available_at"] <= origin
    assert (known >= fresh).all()  # what was to be learned from then, or revised since


def test_negative_prices_pass() -> None:
    prices = observations()
    prices["value"] -= prices["value"].median()
    frame = backtest("no-change", {}, prices, PLAN, "NYSE")
    assert (frame["mean"] < 0).any()
    assert frame[list(STATISTICS)].notna().all(axis=None)


def test_too_short_a_past_for_the_bands_is_an_error() -> None:
    prices = observations()
    with pytest.raises(NotEnoughHistoryError, match="load an earlier start"):
        backtest("no-change", {}, prices, replace(PLAN, start="2014-03-01"), "NYSE")
