"""The scores of a backtest: which pairs count, at which horizons, against which benchmark."""

import math

import numpy as np
import pandas as pd
import pytest

from tests.paths import ROOT
from wellhead.errors import NoDataError
from wellhead.evaluation.scoring.scores import METRICS, POOLED, score
from wellhead.evaluation.scoring.significance import diebold_mariano
from wellhead.tables import STATISTICS


def frame(model: str, error: float, origins: int = 40, horizons: int = 2) -> pd.DataFrame:
    """A backtest whose mean misses by `error`, one way and the other."""
    made = pd.bdate_range("2020-01-01", periods=origins, tz="UTC")
    rows = pd.MultiIndex.from_product([made, range(1, horizons + 1)], names=["made_at", "horizon"])
    built = rows.to_frame(index=False)
    built["model"] = model
    built["last_observed_at"] = built["made_at"]
    built["target_at"] = built["made_at"] + pd.to_timedelta(built["horizon"], unit="D")
    built["actual"] = np.random.default_rng(0).normal(10, size=len(built))
    signs = np.resize([1, -1, -1], len(built))
    for name, shift in zip(STATISTICS, [0, -3, -2, -1, 0, 1, 2, 3], strict=True):
        built[name] = built["actual"] + error * signs + shift
    return built.assign(target_kind="daily", last_value=10.0, one_step_mae=0.5)


def value(scores: pd.DataFrame, horizon: int, metric: str) -> float:
    row = scores[(scores["horizon"] == horizon) & (scores["metric"] == metric)]
    return float(row["value"].item())


def test_the_directional_test_is_of_one_horizon_and_of_clear_cases() -> None:
    forecasts = frame("seer", 0, origins=61).assign(last_value=10.0)
    scores = score(forecasts, frame("no-change", 2, origins=61), horizons=(1,))
    assert value(scores, 1, "directional_p_value") < 0.001
    assert math.isnan(value(scores, scores["horizon"].min(), "directional_p_value"))
    unmoved = forecasts.assign(mean=10.0)
    scores = score(unmoved, frame("no-change", 2, origins=61), horizons=(1,))
    assert math.isnan(value(scores, 1, "directional_p_value"))


def test_every_metric_is_described() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text()
    for name in METRICS:
        assert f"`{name}`" in page, name


def test_score_is_long_with_a_pooled_row() -> None:
    scores = score(frame("better", 1), frame("no-change", 2), horizons=(1, 2))
    assert set(scores["horizon"]) == {POOLED, 1, 2}
    plain = set(METRICS)
    assert set(scores["metric"]) == plain | {f"{name}_ex2020" for name in plain}
    assert set(scores["model"]) == {"better"}
    assert value(scores, POOLED, "mspe_ratio") == pytest.approx(0.25)
    assert value(scores, 1, "mae_ratio") == pytest.approx(0.5)
    assert value(scores, POOLED, "mase") == pytest.approx(2)
    assert value(scores, 2, "coverage_80") == 1
    assert (scores["origins"] == 40).all()


def test_every_horizon_counts_alike_when_pooled() -> None:
    """The benchmark misses by a hundred times as much at horizon 2; ours is half as bad at 1."""
    ours, base = frame("ours", 1), frame("no-change", 2)
    far = base["horizon"] == 2
    base.loc[far, "mean"] = base["actual"] + 200
    ours.loc[far, "mean"] = ours["actual"] + 200
    scores = score(ours, base, horizons=(1, 2))
    assert value(scores, 1, "mspe_ratio") == pytest.approx(0.25)
    assert value(scores, 2, "mspe_ratio") == pytest.approx(1)
    assert value(scores, POOLED, "mspe_ratio") == pytest.approx((0.25 + 1) / 2)
    assert value(scores, POOLED, "mae_ratio") == pytest.approx((0.5 + 1) / 2)


def test_a_storm_that_makes_the_gain_is_shown() -> None:
    """Ours is as bad as no-change but on five days, on which no-change misses by 50."""
    ours, base = frame("ours", 1), frame("no-change", 1)
    storm = base.index[base["horizon"] == 1][3:8]
    base.loc[storm, "mean"] = base["actual"] + 50
    scores = score(ours, base, horizons=(1,), excluding=None)
    assert value(scores, 1, "mspe_ratio") < 0.01
    assert value(scores, 1, "mspe_ratio_without_largest") == pytest.approx(1)
    share = 5 * 50**2 / (5 * 50**2 + 35)
    assert value(scores, 1, "largest_share") == pytest.approx(share)


def test_the_calmer_half_is_scored_apart() -> None:
    """Bands are wide where ours is good, and narrow where it is no better than no-change."""
    ours, base = frame("ours", 1), frame("no-change", 1)
    wild = np.arange(len(ours)) % 4 < 2
    ours.loc[wild, ["q0.1", "q0.9"]] += np.array([-10.0, 10.0])
    base.loc[wild, "mean"] = base["actual"] + 3
    scores = score(ours, base, horizons=(1,), excluding=None)
    assert value(scores, 1, "mspe_ratio") < 0.5
    assert value(scores, 1, "mspe_ratio_calm") == pytest.approx(1)


def test_only_common_pairs_with_a_price_count() -> None:
    ours, theirs = frame("better", 1), frame("no-change", 2).iloc[:60]
    ours.loc[:9, "actual"] = np.nan
    scores = score(ours, theirs, horizons=(1,))
    assert (scores["origins"] == 25).all()
    assert scores["first_origin"].min() == ours["made_at"].iloc[10]
    with pytest.raises(NoDataError, match="one plan"):
        score(ours.iloc[70:], theirs)


def test_the_benchmark_scores_one_and_has_no_p_value() -> None:
    scores = score(frame("no-change", 2), frame("no-change", 2), horizons=(1,))
    assert value(scores, 1, "mspe_ratio") == 1
    assert math.isnan(value(scores, 1, "dm_p_value"))


def test_without_a_benchmark_the_last_daily_price_is_it() -> None:
    ours = frame("better", 1)
    last = ours.assign(model="no-change", mean=ours["last_value"])
    alone, against_last = score(ours, horizons=(1, 2)), score(ours, last, horizons=(1, 2))
    pd.testing.assert_frame_equal(alone, against_last)


def test_the_months_of_2020_are_left_out_as_origins_and_as_targets() -> None:
    """Origins every business day from 2020-01-01; the target is a day or two later."""
    wild, calm = frame("model", 1, origins=200), frame("model", 1, origins=200)
    inside = wild["made_at"].between("2020-03-01", "2020-07-31 23:59")
    inside |= wild["target_at"].between("2020-03-01", "2020-07-31")
    wild.loc[inside, "mean"] += 100
    with_it, calm = score(wild, horizons=(1,)), score(calm, horizons=(1,))
    assert value(with_it, 1, "mspe_ratio") > 100 * value(calm, 1, "mspe_ratio")
    assert value(with_it, 1, "mspe_ratio_ex2020") == value(calm, 1, "mspe_ratio_ex2020")
    row = with_it[with_it["metric"] == "mspe_ratio_ex2020"].iloc[-1]
    expected = wild[~inside & (wild["horizon"] == 1)]["made_at"].nunique()
    assert 80 < row["origins"] == expected < 100
    assert not score(wild, excluding=None)["metric"].str.endswith("_ex2020").any()


def test_a_backtest_that_lies_in_the_window_has_no_score_without_it() -> None:
    inside = frame("model", 1)
    inside[["made_at", "target_at"]] += pd.Timedelta(days=70)
    scores = score(inside, horizons=(1,), excluding=("2020-03-01", "2020-12-31"))
    assert not scores["metric"].str.endswith("_ex2020").any()


def test_an_average_of_a_month_is_open_until_its_end() -> None:
    """Origins at the ends of months, one month ahead: none overlap; two ahead: two are open."""
    ends = pd.date_range("2015-01-31", periods=60, freq="BME", tz="UTC")
    rows = frame("model", 1, origins=60, horizons=1).assign(made_at=ends, last_observed_at=ends)
    rows["target_kind"] = "monthly"
    for months, overlap in ((1, 1), (2, 2), (4, 4)):
        starts = pd.DatetimeIndex(ends + pd.offsets.MonthBegin(months))
        loss = ((rows["actual"] - rows["mean"]) ** 2).to_numpy()
        base = ((rows["actual"] - rows["last_value"]) ** 2).to_numpy()
        scores = score(rows.assign(target_at=starts, horizon=months), horizons=(months,))
        expected = diebold_mariano(loss, base, overlap)
        assert value(scores, months, "dm_p_value") == pytest.approx(expected)
