"""Promotion: the challenger period, the head-to-head comparison, the age of the data."""

from pathlib import Path

import pytest

from tests.workflows.champions.bench import BACKTEST, BETTER, NONE, SKILLED, Bench, registry  # noqa: F401
from wellhead.calendars import now
from wellhead.database.digests import table_digest
from wellhead.database.operations import read_table
from wellhead.tracking.registry import champion

pytestmark = pytest.mark.usefixtures("registry")

WEAK = {"bias": 1.0}


def test_the_first_champion_needs_no_challenger_period_and_a_second_promotion_changes_nothing(
    tmp_path: Path,
) -> None:
    bench = Bench("WTI", tmp_path)
    bench.train(no_change=NONE, combination=SKILLED, weak=WEAK)
    bench.load(0, BACKTEST)
    for model in bench.models:
        bench.forecast(model, BACKTEST - 1, BACKTEST)
    assert bench.promote(write=False)[0].model == "combination"
    assert read_table("promotions", commodity="WTI").empty  # a what-if promotes no model
    chosen, result = bench.promote()
    assert chosen.model == champion("WTI").model == "combination"
    assert "the first champion here, so it needed no challenger period" in chosen.reason
    assert result.record.empty
    assert result.standings["challenger_origins"].tolist() == [1, 1, 1]
    tables = ("leaderboard", "track_records", "ledger")
    before = champion("WTI").version, {name: table_digest(name) for name in tables}
    again, _ = bench.promote()
    assert again.model == "combination"
    assert "It was the champion before." in again.reason
    assert (champion("WTI").version, {name: table_digest(name) for name in tables}) == before
    assert len(read_table("promotions", commodity="WTI")) == 2


def test_a_challenger_is_promoted_after_twenty_origins(tmp_path: Path) -> None:
    bench = Bench("BRENT", tmp_path)
    bench.train(no_change=NONE, weak=WEAK)
    bench.load(0, BACKTEST)
    assert bench.promote()[0].model == "no-change"
    bench.train(arima=SKILLED)
    bench.forecast("arima", 560, 579)
    bench.forecast("arima", 560, 579, version="2")  # the same origins once more
    chosen, _ = bench.promote()
    assert chosen.model == "no-change"
    assert "challenger period, with forecasts from 19 of 20 origins" in chosen.reason
    bench.forecast("arima", 579, 580)
    chosen, result = bench.promote()
    assert chosen.model == champion("BRENT").model == "arima"
    assert "It takes over from no-change." in chosen.reason
    assert result.standings.set_index("model").loc["arima", "challenger_origins"] == 20


def test_a_challenger_that_loses_the_head_to_head_does_not_replace_the_champion(
    tmp_path: Path,
) -> None:
    """Over all horizons it is better; one day ahead it is worse than the champion by 44 %."""
    bench = Bench("HENRY_HUB", tmp_path)
    bench.train(no_change=NONE, arima=SKILLED)
    bench.load(0, BACKTEST)
    assert bench.promote()[0].model == "arima"
    bench.train(lstm={"skill": 0.8, "late": 0.5})
    bench.forecast("lstm", 540, 570)
    chosen, result = bench.promote()
    assert chosen.model == "arima"
    assert "lstm: its squared error at 1 session is 1.4" in chosen.reason
    assert "times that of the incumbent arima" in chosen.reason
    own = result.scores.query("metric == 'mspe_ratio' and horizon == -1").set_index("model")
    assert own.loc["lstm", "value"] < own.loc["arima", "value"]
    bench.train(lstm=BETTER)
    chosen, _ = bench.promote()
    assert chosen.model == "lstm"
    assert "It takes over from arima." in chosen.reason


def test_a_model_trained_on_old_prices_is_neither_promoted_nor_demoted(tmp_path: Path) -> None:
    bench = Bench("HEATING_OIL", tmp_path)
    bench.train(no_change=NONE)
    bench.train(trained_to=BACKTEST - 21, arima=SKILLED)
    bench.load(0, BACKTEST)
    chosen, _ = bench.promote(write=False)
    assert chosen.model == "no-change"
    assert "arima: its newest price is 28 days too old" in chosen.reason
    bench.train(arima=SKILLED)
    assert bench.promote()[0].model == "arima"
    bench.train(trained_to=BACKTEST - 21, arima=SKILLED)
    assert bench.promote()[0].model == "arima"


def test_the_age_of_the_data_counts_from_the_release_calendar_of_the_source(tmp_path: Path) -> None:
    """Every stored price is used, but the source should have published for years since."""
    bench = Bench("PROPANE", tmp_path, source="eia")
    bench.train(no_change=NONE, arima=SKILLED)
    bench.load(0, BACKTEST)
    chosen, result = bench.promote(write=False)
    assert chosen.model == "no-change"
    age = result.standings["data_age_days"].iloc[0]
    behind = (now() - bench.days[BACKTEST - 1]).days - age
    assert 3 <= behind <= 21  # a release and its grace
    assert f"arima: its newest price is {age} days too old" in chosen.reason
