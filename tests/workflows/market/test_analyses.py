"""Analyses of stored prices: into the table once, and read as they were known at a moment."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.csv_files import Write
from tests.loads import ingest
from wellhead.calendars import now
from wellhead.catalogue.lookup import find_instrument
from wellhead.database.operations import get_price_data, read_table
from wellhead.database.writing import write_rows
from wellhead.errors import NoDataError
from wellhead.tables import BENCHMARK
from wellhead.workflows.market import volatility as volatility_workflow
from wellhead.workflows.market.analysis import (
    MARKET,
    Analysis,
    stored_analyses,
    stored_analysis,
)
from wellhead.workflows.market.anomalies import analyse_anomalies
from wellhead.workflows.market.brief import write_brief
from wellhead.workflows.market.correlation import analyse_correlation
from wellhead.workflows.market.results import RESULTS
from wellhead.workflows.market.seasonality import analyse_seasonality
from wellhead.workflows.market.volatility import analyse_volatility

WTI, BRENT = find_instrument("WTI"), find_instrument("BRENT")
DAYS = pd.bdate_range("2005-01-03", "2018-12-28")


def walk(seed: int, days: pd.DatetimeIndex = DAYS, start: float = 60) -> pd.Series:
    steps = np.random.default_rng(seed).standard_normal(len(days)) * 0.8
    return (start + pd.Series(steps, days).cumsum()).round(2)


def lines(prices: pd.Series) -> list[str]:
    return [f"{day:%Y-%m-%d},{price}" for day, price in prices.items()]


@pytest.fixture
def loaded(write: Write) -> None:
    """WTI, and BRENT that moves with it."""
    write("WTI", lines(walk(1)))
    write("BRENT", lines((walk(1) + 0.3 * walk(2) - 10).round(2)))
    for key in ("WTI", "BRENT"):
        ingest(key, "csv")


def all_kinds(as_of: str | None = None, *, save: bool = True) -> list[Analysis[Any]]:
    to = {"backtests": "backtests.parquet"} if save else None
    how: dict[str, Any] = {"save": save, "code_version": "one"}
    return [
        analyse_volatility(WTI, "csv", as_of, scored=200, to=to, code_version="one"),
        analyse_correlation(WTI, "csv", as_of, **how),
        analyse_seasonality(WTI, "csv", as_of, **how),
        analyse_anomalies(WTI, "csv", as_of, **how),
    ]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_kind_is_stored_once_and_comes_back_as_it_was(loaded: None) -> None:
    made = all_kinds()
    again = all_kinds()
    assert len(read_table("analyses")) == 4
    stored = {each.kind: each for each in stored_analyses("WTI")}
    assert set(stored) == {"volatility", "correlation", "seasonality", "anomalies"}
    for each, same in zip(made, again, strict=True):
        assert each.result is not None
        assert each.summary == same.summary
        assert stored[each.kind].result == each.result
        assert stored[each.kind].summary == each.summary
        assert stored[each.kind].known_at == each.known_at
        json.dumps(each.result.model_dump(mode="json"), allow_nan=False)


def test_a_what_if_stores_nothing(loaded: None) -> None:
    all_kinds(save=False)
    assert read_table("analyses").empty


def test_an_analysis_is_read_as_it_was_known(loaded: None) -> None:
    """From what was known at a moment, and found from that moment on."""
    then = "2016-06-30"
    made = all_kinds(then) + all_kinds()
    for early, late in zip(made[:4], made[4:], strict=True):
        moment = pd.Timestamp(then, tz="UTC")
        assert early.known_at <= moment < late.known_at
        assert early.last_observed_at < moment
        of_kind = early.commodity, early.kind
        assert stored_analysis(*of_kind, as_of=then).result == early.result
        assert stored_analysis(*of_kind).result == late.result
        with pytest.raises(NoDataError, match=r"was known at 2006-01-01 00:00 UTC\. Ask for a la"):
            stored_analysis(*of_kind, as_of="2006-01-01")


def test_what_came_later_changes_no_analysis_of_the_past(loaded: None, write: Write) -> None:
    before = [each.result for each in all_kinds("2016-06-30", save=False)]
    prices = walk(1)
    prices.iloc[-100:] *= 3
    write("WTI", lines(prices))
    ingest("WTI", "csv")
    assert before == [each.result for each in all_kinds("2016-06-30", save=False)]


def test_other_code_or_parameters_are_another_analysis_and_the_last_is_read(loaded: None) -> None:
    for version in ("one", "two", "two", "one"):
        analyse_anomalies(WTI, "csv", save=True, code_version=version)
        assert stored_analysis("WTI", "anomalies").code_version == version
    assert len(read_table("analyses")) == 3
    to = {"backtests": "backtests.parquet"}
    for scored in (200, 300, 300, 200):
        made = analyse_volatility(WTI, "csv", scored=scored, to=to)
        assert stored_analysis("WTI", "volatility").result == made.result
    assert len(read_table("analyses", kind="volatility")) == 3


def test_too_little_history_is_stored_as_what_it_needs(write: Write) -> None:
    write("WTI", lines(walk(1).tail(40)))
    ingest("WTI", "csv")
    for each in all_kinds():
        assert (each.report, each.result) == (None, None)
        assert each.summary.startswith("WTI: ")
        assert "load" in each.summary
        assert "\n" not in each.summary
        assert stored_analysis("WTI", each.kind).result is None


def test_a_new_day_makes_only_the_last_block_anew(
    loaded: None, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = {"backtests": "backtests.parquet"}
    analyse_volatility(WTI, "csv", "2018-12-20", scored=400, to=to, code_version="one")
    known: list[int] = []
    report = volatility_workflow.volatility_report

    def noted(*args: Any, done: Any, **options: Any) -> Any:
        known.append(len(done or ()))
        return report(*args, done=done, **options)

    monkeypatch.setattr(volatility_workflow, "volatility_report", noted)
    new = analyse_volatility(WTI, "csv", scored=400, to=to, code_version="one")
    fresh = analyse_volatility(WTI, "csv", scored=400)
    assert new.result == fresh.result
    analyse_volatility(WTI, "csv", scored=400, to=to, code_version="two")
    assert known[0] > 20
    assert known[1:] == [0, 0]


@pytest.mark.parametrize("content", [b"", b"PAR1 no parquet"])
def test_a_broken_file_of_an_earlier_run_is_made_again(loaded: None, content: bytes) -> None:
    Path("backtests.parquet").write_bytes(content)
    to = {"backtests": "backtests.parquet"}
    made = analyse_volatility(WTI, "csv", scored=200, to=to, code_version="one")
    assert made.result == analyse_volatility(WTI, "csv", scored=200).result
    assert len(pd.read_parquet("backtests.parquet")) > 0


def test_sisters_and_spreads_of_the_source_are_looked_at(loaded: None, write: Write) -> None:
    result = analyse_correlation(WTI, "csv").result
    assert [pair.series for pair in result.pairs] == ["BRENT"]
    assert result.pairs[0].correlation > 0.8
    assert [relation.name for relation in result.relations] == ["WTI and Brent"]
    prices, other = walk(1), (walk(1) + 0.3 * walk(2) - 10).round(2)
    prices.iloc[2000:] += 9
    other.iloc[2000:] += 9
    write("WTI", lines(prices))
    write("BRENT", lines(other))
    for key in ("WTI", "BRENT"):
        ingest(key, "csv")
    unusual = analyse_anomalies(WTI, "csv").result.unusual
    (day,) = (each for each in unusual if each.day == DAYS[2000].date())
    assert day.verdict == "market event"
    assert day.because.startswith("BRENT moved +")


def test_the_brief_has_the_newest_move_and_what_the_analyses_found(loaded: None) -> None:
    all_kinds()
    brief = write_brief(["WTI", "BRENT"], "csv", save=True, code_version="one")
    stored = stored_analysis(MARKET, "brief")
    assert stored.result == brief.result
    assert stored.summary == brief.summary
    assert 1 <= len(stored.result.sentences) <= 6
    for sentence in stored.result.sentences:
        assert sentence.text.endswith(".")
        assert sentence.evidence
    prices = get_price_data("WTI", source="csv")
    assert brief.known_at == prices["available_at"].max()


def test_the_brief_warns_of_a_newest_price_that_may_be_wrong(write: Write) -> None:
    prices = walk(1)
    prices.iloc[-1] += 25
    write("WTI", lines(prices))
    ingest("WTI", "csv")
    assert get_price_data("WTI", source="csv")["value"].iloc[-1] == prices.iloc[-1]
    analyse_anomalies(WTI, "csv", save=True)
    first = write_brief(["WTI"], "csv").report[0]
    assert first.kind == "anomaly"
    assert first.text.startswith("A price of WTI may be wrong: WTI rose")


def test_the_brief_says_why_the_forecast_changed(loaded: None) -> None:
    decision = {
        "commodity": "WTI",
        "target_kind": "daily",
        "decided_at": now(),
        "model": BENCHMARK,
        "model_version": "3",
        "reason": "by test",
        "alarm": False,
    }
    write_rows("promotions", pd.DataFrame([decision]))
    made_at = pd.Timestamp("2018-12-28", tz="UTC")
    change = {
        "model": BENCHMARK,
        "target_kind": "daily",
        "target_at": made_at + pd.Timedelta(days=31),
        "previous_version": "2",
        "previous_made_at": made_at - pd.Timedelta(days=7),
        "model_version": "3",
        "made_at": made_at,
        "before": 60.0,
        "revised_data": 0.0,
        "new_data": 2.5,
        "changed_model": -0.5,
        "after": 62.0,
    }
    pd.DataFrame([change]).to_parquet("changes.parquet")
    brief = write_brief(["WTI"], "csv", {"WTI": "changes.parquet"})
    (sentence,) = (each for each in brief.report if each.kind == "forecast")
    assert sentence.text.startswith("The forecast for WTI on 28 January 2019 rose by 2.00 to 62.00")
    assert sentence.evidence[0].numbers["new_data"] == 2.5
    pd.DataFrame([{**change, "model_version": "2"}]).to_parquet("changes.parquet")
    other = write_brief(["WTI"], "csv", {"WTI": "changes.parquet"})
    assert "forecast" not in {each.kind for each in other.report}


def test_every_kind_has_a_result() -> None:
    assert set(RESULTS) == {"volatility", "correlation", "seasonality", "anomalies", "brief"}
