"""The models on real WTI prices: honest bands, no absurd means, within the time allowed."""

import time

import pandas as pd
import pytest

from tests.paths import SHARED
from wellhead.catalogue.release_rules import RELEASE_RULES
from wellhead.evaluation.backtesting.backtest import backtest
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.evaluation.scoring.scores import score
from wellhead.models import model_names

DATA = SHARED / "data" / "prices" / "wti_spot_daily.csv"


def archive() -> pd.DataFrame:
    wti = pytest.importorskip("arch.data.wti", reason="the arch package carries the prices")
    prices = wti.load().iloc[:, 0].dropna()
    return vintages(prices.tz_localize("UTC"), "weekly-wednesday")


def vintages(prices: "pd.Series[float]", rule: str) -> pd.DataFrame:
    days = pd.DatetimeIndex(prices.index)
    known = RELEASE_RULES[rule](days)
    return pd.DataFrame({"observed_at": days, "available_at": known, "value": prices.to_numpy()})


@pytest.mark.slow
@pytest.mark.parametrize("model", model_names())
def test_a_model_on_the_archive(model: str) -> None:
    prices, plan = archive(), BacktestPlan(start="2012-01-01", step=20)
    began = time.process_time()
    ours = backtest(model, {}, prices, plan, "NYSE")
    assert time.process_time() - began < 60
    table = score(ours, backtest("no-change", {}, prices, plan, "NYSE"))
    figures = table.pivot_table(index="horizon", columns="metric", values="value")
    assert figures["mspe_ratio"].between(0.8, 1.15).all()
    assert figures["coverage_80"].between(0.7, 0.9).all()
    assert figures["coverage_95"].between(0.88, 0.99).all()


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the shared price files are not here")
@pytest.mark.parametrize("model", ["no-change", "drift", "arima", "prophet", "lstm"])
def test_the_negative_price_of_april_2020_passes(model: str) -> None:
    read = pd.read_csv(DATA, index_col="date", parse_dates=True)["value"].dropna()
    prices = vintages(read.tz_localize("UTC"), "same-day-close")
    plan = BacktestPlan(start="2020-04-15", end="2020-04-24", step=1, horizon=21)
    frame = backtest(model, {}, prices, plan, "NYSE")
    at_the_bottom = frame[frame["last_observed_at"] == pd.Timestamp("2020-04-20", tz="UTC")]
    assert (at_the_bottom["last_value"] == -36.98).all()
    assert at_the_bottom["mean"].between(-60, -20).all()
    assert (frame["actual"] == -36.98).any()
