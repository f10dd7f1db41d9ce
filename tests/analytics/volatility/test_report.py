"""The report on volatility: made again only where the past has changed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from wellhead.analytics.volatility import backtest as backtesting
from wellhead.analytics.volatility.average import Average
from wellhead.analytics.volatility.backtest import backtest, backtest_all, blocks_of
from wellhead.analytics.volatility.ewma import Ewma
from wellhead.analytics.volatility.garch import Garch
from wellhead.analytics.volatility.interface import History, Matrix, history
from wellhead.analytics.volatility.ranges import range_variance
from wellhead.analytics.volatility.report import FEWEST, volatility_report
from wellhead.analytics.volatility.summary import summary
from wellhead.errors import NotEnoughHistoryError


def prices(days: int = 1000, seed: int = 0) -> pd.Series:
    stamps = pd.bdate_range("2000-01-03", periods=days, tz="UTC")
    steps = np.random.default_rng(seed).standard_t(5, days)
    return (60 + pd.Series(steps, index=stamps).cumsum()).rename("value")


class CountingGarch(Garch):
    """Counts its fits."""

    fits = 0

    def fit(self, past: History, horizons):
        CountingGarch.fits += 1
        return super().fit(past, horizons)


def test_a_new_day_costs_one_fit_and_changes_nothing_else() -> None:
    past = history(prices().diff() / 60)
    before = backtest(CountingGarch("garch"), past.until(950), 500)
    CountingGarch.fits = 0
    after = backtest(CountingGarch("garch"), past.until(951), 500, done=blocks_of(before))
    assert CountingGarch.fits == 1
    pd.testing.assert_frame_equal(after, backtest(CountingGarch("garch"), past.until(951), 500))


def test_a_revised_price_makes_what_follows_it_anew() -> None:
    changes = prices().diff() / 60
    before = backtest(CountingGarch("garch"), history(changes), 500)
    revised = changes.copy()
    revised.iloc[700] += 0.01
    CountingGarch.fits = 0
    after = backtest(CountingGarch("garch"), history(revised), 500, done=blocks_of(before))
    assert CountingGarch.fits == 5  # the blocks of 63 origins from the 690th on
    pd.testing.assert_frame_equal(after, backtest(CountingGarch("garch"), history(revised), 500))


def test_blocks_of_other_models_are_not_taken() -> None:
    past = history(prices().diff() / 60)
    other = blocks_of(backtest(Garch("gjr"), past, 500))
    pd.testing.assert_frame_equal(
        backtest(Garch("garch"), past, 500, done=other), backtest(Garch("garch"), past, 500)
    )


def test_an_average_is_the_mean_of_its_members_and_is_not_fitted() -> None:
    past, members = history(prices().diff() / 60), (Ewma(), Garch("garch"))
    models = {"ewma": members[0], "garch-t": members[1], "average": Average(members)}
    frames = backtest_all(models, past, 500, refit=100)
    fitted = backtest(Average(members), past, 500, refit=100)
    pd.testing.assert_series_equal(frames["average"]["variance"], fitted["variance"])
    again = backtest_all(models, past, 500, refit=100, done=blocks_of(pd.concat(frames)))
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(again[name], frame)
    assert list(frames) == ["ewma", "garch-t", "average"]


def test_the_fits_stay_on_their_days_as_prices_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise every new day would make the whole backtest again."""
    monkeypatch.setattr(backtesting, "_require_enough", lambda *_: None)
    reports = [volatility_report(prices(n).to_frame(), scored=200) for n in (900, 901)]
    first, second = (
        report.backtests.loc[report.backtests["block"] != "", ["model", "origin", "block"]]
        for report in reports
    )
    complete = first.groupby(["model", "block"])["origin"].count() == 63 * 4
    kept = set(first["block"]) & set(second["block"])
    assert {block for _, block in complete[complete].index} <= kept


def test_the_report_forecasts_and_judges_its_models() -> None:
    report = volatility_report(prices(1800).to_frame())
    assert list(report.forecasts["horizon"]) == [1, 5, 22, 63]
    assert report.forecasts["volatility"].between(0.05, 2).all()
    assert report.forecasts["share_below"].between(0, 1).all()
    assert len(report.risk) == 4
    assert (report.risk["expected_shortfall"] > report.risk["value_at_risk"]).all()
    long = report.risk.set_index(["side", "level"])["value_at_risk"]["long"]
    usual = prices(1800).diff().std()
    assert 1 * usual < long[0.95] < 3 * usual
    text = summary(report, "WTI", "USD/bbl")
    assert "over the next 22 sessions" in text
    assert "On one day in twenty it falls by more than" in text
    assert "From 1,799 changes until" in text


def test_too_little_history_is_one_line_with_the_remedy() -> None:
    volatility_report(prices(FEWEST + 1).to_frame(), scored=50)
    with pytest.raises(NotEnoughHistoryError, match=f"on {FEWEST} daily changes .*: load more"):
        volatility_report(prices(FEWEST).to_frame())


def test_the_range_of_a_day_measures_its_variance() -> None:
    """Random walks of 390 steps a day: the mean is the variance, less what discrete steps miss."""
    random, days = np.random.default_rng(0), 1500
    steps = random.standard_normal((days, 391)) * 1.0 / np.sqrt(391)
    paths = 1000 + steps.cumsum().reshape(days, 391)  # the first step of a day is overnight
    bars = pd.DataFrame(
        {
            "value": paths[:, -1],
            "open": paths[:, 0],
            "high": paths.max(axis=1),
            "low": paths.min(axis=1),
        },
        index=pd.bdate_range("2000-01-03", periods=days, tz="UTC"),
    )
    ratio = range_variance(bars).mean() * 1000**2
    assert 0.85 < ratio < 1.05
    below = bars.assign(**{name: bars[name] - 2000 for name in bars})
    assert range_variance(below).mean() == pytest.approx(range_variance(bars).mean(), rel=0.2)


def test_bars_are_used_where_there_are_some() -> None:
    closes = prices(900)
    bars = closes.to_frame().assign(open=closes.shift(1), high=closes + 3, low=closes - 3)
    with_ranges = volatility_report(bars, scored=200).backtests
    without = volatility_report(closes.to_frame(), scored=200).backtests
    differ = (with_ranges["variance"] - without["variance"]).abs().groupby(with_ranges["model"])
    assert differ.max()["har"] > 0
    assert differ.max()["garch-t"] == 0


class Exploding(Ewma):
    """Like EGARCH on a price that repeats itself: every third forecast is beyond all reason."""

    def variances(self, past: History, horizons: Sequence[int]) -> Matrix:
        values = super().variances(past, horizons).copy()
        values[::3], values[1::3] = np.inf, 0.0
        return values


def test_a_forecast_beyond_all_that_was_seen_is_the_mean_of_the_past() -> None:
    past = history(prices(900).diff() / 60)
    squares = pd.Series(past.changes**2)
    made, usual = (
        backtest(model, past, 600)["variance"].to_numpy().reshape(-1, 4)
        for model in (Exploding(), Ewma())
    )
    means = squares.expanding().mean().to_numpy()[600:, None].repeat(4, axis=1)
    for start in (0, 1):
        np.testing.assert_allclose(made[start::3], means[start::3])
    np.testing.assert_allclose(made[2::3], usual[2::3])


def test_a_price_that_repeats_itself_has_a_report() -> None:
    saw = pd.Series([0.8 + (i * 7 % 40) / 200 for i in range(900)], prices(900).index)
    report = volatility_report(saw.rename("value").to_frame())
    assert np.isfinite(report.forecasts["volatility"]).all()
