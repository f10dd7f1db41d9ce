"""Correlation, lead and lag, clusters, breaks, cointegration: known answers and honest errors."""

import numpy as np
import pandas as pd
import pytest

from wellhead.analytics.correlation.breaks import breaks
from wellhead.analytics.correlation.clusters import clusters
from wellhead.analytics.correlation.coefficients import (
    correlation,
    correlations,
    lead_lag,
    rolling_correlation,
    weighted_correlation,
)
from wellhead.analytics.correlation.cointegration import cointegration
from wellhead.analytics.correlation.ranked import ranked_changes
from wellhead.analytics.correlation.report import correlation_report
from wellhead.analytics.correlation.summary import summary
from wellhead.errors import NotEnoughHistoryError


def pair(days: int, rho: float, seed: int = 0, *, wild: bool = False) -> pd.DataFrame:
    """Two series of changes; `wild`: they share calm and wild times."""
    random = np.random.default_rng(seed)
    first, second = random.standard_normal((2, days))
    if wild:
        volatility = np.exp(pd.Series(0.15 * random.standard_normal(days)).ewm(halflife=40).mean())
        level = np.exp(4 * (np.log(volatility) - np.log(volatility).mean()))
        first, second = first * level.to_numpy(), second * level.to_numpy()
    second = rho * first + np.sqrt(1 - rho**2) * second
    stamps = pd.bdate_range("2000-01-03", periods=days, tz="UTC")
    return pd.DataFrame({"a": first, "b": second}, index=stamps)


def test_the_interval_holds_the_correlation_and_a_pair_counts_common_days() -> None:
    changes = pair(2000, 0.6)
    changes.loc[changes.index[:500], "b"] = np.nan
    row = correlations(changes).iloc[0]
    assert (row["left"], row["right"], row["days"]) == ("a", "b", 1500)
    assert row["low"] < 0.6 < row["high"]
    assert row["high"] - row["low"] < 0.1
    assert row["p_corrected"] == row["p_value"] < 1e-6
    assert row["correlation"] == pytest.approx(changes.corr().loc["a", "b"])


def test_the_p_values_of_many_pairs_are_corrected() -> None:
    random = np.random.default_rng(1)
    stamps = pd.bdate_range("2000-01-03", periods=300, tz="UTC")
    table = correlations(pd.DataFrame(random.standard_normal((300, 8)), stamps, list("abcdefgh")))
    assert len(table) == 28
    assert (table["p_corrected"] >= table["p_value"]).all()
    assert table["p_value"].min() < 0.05 < table["p_corrected"].min()


def test_short_and_constant_series_have_no_correlation() -> None:
    changes = pair(300, 0.5).assign(flat=0.0, short=np.nan)
    changes.loc[changes.index[:20], "short"] = changes["a"]
    table = correlations(changes).set_index(["left", "right"])
    assert table["correlation"].notna().sum() == 1
    assert table["p_corrected"].notna().sum() == 1
    with pytest.raises(NotEnoughHistoryError, match="load more history"):
        correlation(changes["a"], changes["short"])


@pytest.mark.parametrize("window", [21, 63, 252])
def test_a_rolling_correlation_is_that_of_its_window_alone(window: int) -> None:
    changes = pair(400, 0.7, 3)
    rolled = rolling_correlation(changes["a"], changes["b"], window)
    last = changes.tail(window)
    assert rolled["correlation"].iloc[-1] == pytest.approx(last.corr().loc["a", "b"])
    assert (rolled["low"] <= rolled["correlation"]).iloc[window - 1 :].all()
    later = changes.copy()
    later.iloc[350:] *= -5
    earlier = rolling_correlation(later["a"], later["b"], window).iloc[:350]
    pd.testing.assert_frame_equal(earlier, rolled.iloc[:350])


def test_a_weighted_correlation_follows_a_change_and_not_the_future() -> None:
    changes = pd.concat([pair(500, 0.9, 4), pair(500, -0.9, 5).shift(500, freq="B")])
    weighted = weighted_correlation(changes["a"], changes["b"], 20)
    assert weighted.iloc[499] > 0.8
    assert weighted.iloc[-1] < -0.8
    pd.testing.assert_series_equal(
        weighted_correlation(changes["a"].head(500), changes["b"].head(500), 20),
        weighted.head(500),
    )


def test_who_moves_first_is_found() -> None:
    changes = pair(1000, 0.0, 6)
    changes["b"] = 0.8 * changes["a"].shift(2) + 0.6 * changes["b"]
    table = lead_lag(changes["a"], changes["b"]).set_index("lag")
    assert table["correlation"].idxmax() == 2
    assert (table["p_corrected"] < 0.05).sum() == 1
    assert np.isnan(table.loc[0, "p_corrected"])


def test_clusters_hold_what_moves_together() -> None:
    random = np.random.default_rng(7)
    oil, gas = random.standard_normal((2, 500, 1))
    noise = random.standard_normal((500, 6))
    stamps = pd.bdate_range("2000-01-03", periods=500, tz="UTC")
    values = np.hstack([oil + 0.4 * noise[:, :3], gas + 0.4 * noise[:, 3:5], noise[:, 5:]])
    found = clusters(correlations(pd.DataFrame(values, stamps, list("pqrstu"))))
    groups = found.groupby("cluster")["series"].apply(set).tolist()
    assert groups == [{"p", "q", "r"}, {"s", "t"}, {"u"}]


def test_a_break_is_dated_and_a_constant_correlation_has_none() -> None:
    before, after = pair(800, 0.9, 8), pair(800, 0.1, 19).shift(800, freq="B")
    changes = pd.concat([before, after])
    (found,) = breaks(changes["a"], changes["b"])
    assert abs((found.day - after.index[0]).days) < 60
    assert found.before > 0.8
    assert found.after < 0.3
    assert breaks(*(pair(1600, 0.7, 10)[name] for name in "ab")) == []
    assert breaks(*(pair(100, 0.7)[name] for name in "ab")) == []


def test_prices_with_one_trend_are_cointegrated_also_below_zero() -> None:
    random = np.random.default_rng(12)
    trend, deviation = random.standard_normal(2000).cumsum(), np.zeros(2000)
    for day in range(1, 2000):
        deviation[day] = 0.9 * deviation[day - 1] + random.standard_normal()
    stamps = pd.bdate_range("2000-01-03", periods=2000, tz="UTC")
    prices = pd.DataFrame({"a": 2 * trend + deviation, "b": trend}, index=stamps)
    found = cointegration(prices)
    assert found.p_value < 0.01
    assert found.rank == 1
    assert found.weights["b"] == pytest.approx(2, abs=0.05)
    assert found.half_life_low < np.log(0.5) / np.log(0.9) < found.half_life_high
    apart = prices.assign(b=random.standard_normal(2000).cumsum())
    assert cointegration(apart).rank == 0
    with pytest.raises(NotEnoughHistoryError, match="load more history"):
        cointegration(prices.head(100))


@pytest.mark.slow
def test_prices_that_share_no_trend_are_seldom_called_cointegrated() -> None:
    """Of 200 pairs of random walks, 5 % tests reject 3 to 7 %, within the noise of 200."""
    random, engle_granger, johansen = np.random.default_rng(0), 0, 0
    stamps = pd.bdate_range("2000-01-03", periods=600, tz="UTC")
    for _ in range(200):
        walks = 50 + random.standard_normal((600, 2)).cumsum(axis=0)
        found = cointegration(pd.DataFrame(walks, stamps, ["a", "b"]))
        engle_granger += found.p_value < 0.05
        johansen += found.rank > 0
    assert 2 <= engle_granger <= 20
    assert 2 <= johansen <= 20


@pytest.mark.slow
def test_the_sizes_are_what_they_say_in_calm_and_wild_times() -> None:
    """Of 400 pairs without correlation, or with a constant one, 5 % tests reject 3 to 7 %."""
    rejected = {"correlation": 0, "interval": 0, "break": 0}
    for seed in range(400):
        changes = pair(1000, 0.0, seed, wild=True)
        rejected["correlation"] += correlation(changes["a"], changes["b"])["p_value"] < 0.05
        row = correlation(*(pair(250, 0.6, seed, wild=True)[name] for name in "ab"))
        rejected["interval"] += not row["low"] <= 0.6 <= row["high"]
        constant = pair(1000, 0.5, 1000 + seed, wild=True)
        rejected["break"] += bool(breaks(constant["a"], constant["b"]))
    shares = {name: count / 400 for name, count in rejected.items()}
    assert all(0.02 <= share <= 0.08 for share in shares.values()), shares


def test_ranked_changes_are_bounded_and_known_on_the_day() -> None:
    prices = pair(900, 0.0, 3)["a"].cumsum() + 60
    later = prices.copy()
    later.iloc[600:] = 5 * later.iloc[600:] - 100
    ranked = ranked_changes(prices)
    assert ranked.dropna().abs().max() <= 1
    pd.testing.assert_series_equal(ranked.iloc[:600], ranked_changes(later).iloc[:600])


def test_one_wild_day_does_not_decide_the_correlation() -> None:
    """As −36.98 does for the correlation of the changes themselves."""
    prices = pair(2000, 0.9, 5).cumsum() + 60
    wild = prices.copy()
    wild.iloc[1000, 0] -= 60
    ranked, of_wild = (
        pd.DataFrame({name: ranked_changes(each[name]) for name in each}) for each in (prices, wild)
    )
    kept = correlation(ranked["a"], ranked["b"])["correlation"]
    assert correlation(of_wild["a"], of_wild["b"])["correlation"] == pytest.approx(kept, abs=0.02)
    raw = correlation(wild["a"].diff(), wild["b"].diff())["correlation"]
    assert raw < kept - 0.1


def test_the_report_says_what_moves_with_a_price_and_how_it_changed() -> None:
    steps = pair(3000, 0.8, 2)
    steps["a_month_later"] = steps["a"].shift(1) * 0.7 + 0.5 * pair(3000, 0.0, 9)["a"]
    steps["other"] = pair(3000, 0.0, 11)["b"]
    prices = steps.fillna(0).cumsum() + 200
    prices["short"] = prices["a"].tail(100)
    report = correlation_report(prices, "a", {"a and b": ("a", "b"), "none": ("a", "missing")})
    assert report.pairs["series"].iloc[0] == "b"
    assert set(report.pairs["series"]) == {"b", "a_month_later", "other"}
    first = report.pairs.iloc[0]
    assert first["low"] < 0.8 < first["high"] + 0.03
    assert first["low_63"] < first["correlation_63"] < first["high_63"]
    found = report.leads[report.leads["p_corrected"] < 0.05]
    assert (found["series"].tolist(), found["lag"].tolist()) == (["a_month_later"], [1])
    assert list(report.relations) == ["a and b"]
    assert list(report.rolling) == list(report.pairs["series"])
    text = summary(report, "a", {"a_month_later": True})
    assert text.startswith("b moves with a the most, of 3 series (up to 2,959 days from")
    assert "No series moves before a by more than chance." in text
    theirs = correlation_report(prices, "a_month_later")
    assert "closes later" in summary(theirs, "a_month_later", {"a": True})
    assert "closes later" not in summary(theirs, "a_month_later", {"a": False})


def test_a_price_without_company_is_one_clear_line() -> None:
    prices = pair(600, 0.0).cumsum()
    prices["b"] = prices["b"].tail(200)
    with pytest.raises(NotEnoughHistoryError, match="no other series has 250 days in common"):
        correlation_report(prices, "a")


def test_more_series_make_a_break_harder_to_claim() -> None:
    before, after = pair(400, 0.62, 8), pair(400, 0.4, 19).shift(400, freq="B")
    changes = pd.concat([before, after])
    p_value = breaks(changes["a"], changes["b"], 0.2)[0].p_value
    assert breaks(changes["a"], changes["b"], p_value / 2) == []
    assert len(breaks(changes["a"], changes["b"], 2 * p_value)) == 1
