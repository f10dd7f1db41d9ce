"""Who becomes champion by the verb: shadow, head_to_head, fresh data."""

from pathlib import Path

import pytest

from tests.workflows.champions.bench import BACKTEST, BETTER, NONE, SKILLED, Bench, registry  # noqa: F401
from wellhead.calendars import now
from wellhead.database.digests import table_digest
from wellhead.database.operations import read_table
from wellhead.tracking.registry import champion

pytestmark = pytest.mark.usefixtures("registry")

WEAK = {"bias": 1.0}


def test_the_first_champion_needs_no_shadow_and_a_second_promotion_changes_nothing(
    tmp_path: Path,
) -> None:
    bench = Bench("WTI", tmp_path)
    bench.train(no_change=NONE, combination=SKILLED, weak=WEAK)
    bench.load(0, BACKTEST)
    for model in bench.models:
        bench.forecast(model, BACKTEST - 1, BACKTEST)
    assert bench.promote(write=False)[0].model == "combination"
    assert read_table("promotions", commodity="WTI").empty  # a what-if crowns nobody
    crowned, promoted = bench.promote()
    assert crowned.model == champion("WTI").model == "combination"
    assert "the first champion here, so it needed no challenger period" in crowned.reason
    assert promoted.record.empty
    assert promoted.standings["challenger_origins"].tolist() == [1, 1, 1]
    tables = ("scores", "track_records", "forecasts")
    before = champion("WTI").version, {name: table_digest(name) for name in tables}
    again, _ = bench.promote()
    assert again.model == "combination"
    assert "It was the champion before." in again.reason
    assert (champion("WTI").version, {name: table_digest(name) for name in tables}) == before
    assert len(read_table("promotions", commodity="WTI")) == 2


def test_a_challenger_is_promoted_after_twenty_origins_in_the_shadow(tmp_path: Path) -> None:
    bench = Bench("BRENT", tmp_path)
    bench.train(no_change=NONE, weak=WEAK)
    bench.load(0, BACKTEST)
    assert bench.promote()[0].model == "no-change"
    bench.train(arima=SKILLED)
    bench.forecast("arima", 560, 579)
    bench.forecast("arima", 560, 579, version="2")  # the same origins once more
    crowned, _ = bench.promote()
    assert crowned.model == "no-change"
    assert "challenger period, with forecasts from 19 of 20 origins" in crowned.reason
    bench.forecast("arima", 579, 580)
    crowned, promoted = bench.promote()
    assert crowned.model == champion("BRENT").model == "arima"
    assert "It takes over from no-change." in crowned.reason
    assert promoted.standings.set_index("model").loc["arima", "challenger_origins"] == 20


def test_a_challenger_that_loses_its_duel_does_not_displace_the_champion(tmp_path: Path) -> None:
    """Over all horizons it is better; one day ahead it is worse than the champion by test."""
    bench = Bench("HENRY_HUB", tmp_path)
    bench.train(no_change=NONE, arima=SKILLED)
    bench.load(0, BACKTEST)
    assert bench.promote()[0].model == "arima"
    bench.train(lstm={"skill": 0.7, "late": 0.6})
    bench.forecast("lstm", 540, 570)
    crowned, promoted = bench.promote()
    assert crowned.model == "arima"
    assert "lstm: its squared error at 1 session is 2." in crowned.reason
    assert "times that of the incumbent arima" in crowned.reason
    own = promoted.scores.query("metric == 'mspe_ratio' and horizon == -1").set_index("model")
    assert own.loc["lstm", "value"] < own.loc["arima", "value"]
    bench.train(lstm=BETTER)
    crowned, _ = bench.promote()
    assert crowned.model == "lstm"
    assert "It takes over from arima." in crowned.reason


def test_what_was_trained_on_old_prices_is_not_promoted_and_not_demoted(tmp_path: Path) -> None:
    bench = Bench("HEATING_OIL", tmp_path)
    bench.train(no_change=NONE)
    bench.train(trained_to=BACKTEST - 21, arima=SKILLED)
    bench.load(0, BACKTEST)
    crowned, _ = bench.promote(write=False)
    assert crowned.model == "no-change"
    assert "arima: its newest price is 28 days too old" in crowned.reason
    bench.train(arima=SKILLED)
    assert bench.promote()[0].model == "arima"
    bench.train(trained_to=BACKTEST - 21, arima=SKILLED)
    assert bench.promote()[0].model == "arima"


def test_a_source_with_a_calendar_is_held_to_it(tmp_path: Path) -> None:
    """All that is stored is used; but the source should have published for years since."""
    bench = Bench("PROPANE", tmp_path, source="eia")
    bench.train(no_change=NONE, arima=SKILLED)
    bench.load(0, BACKTEST)
    crowned, promoted = bench.promote(write=False)
    assert crowned.model == "no-change"
    age = promoted.standings["data_age_days"].iloc[0]
    behind = (now() - bench.days[BACKTEST - 1]).days - age
    assert 3 <= behind <= 21  # a release and its grace
    assert f"arima: its newest price is {age} days too old" in crowned.reason
