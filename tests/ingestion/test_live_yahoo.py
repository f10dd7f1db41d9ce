"""Source `yahoo`: yfinance itself, its session led to a loopback server."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.ingestion.forms import chart
from tests.ingestion.replay import Answer, Asked, Upstream, recorded
from tests.loads import ingest, load_curve
from wellhead.catalogue.contracts import Contract, tradable_contracts
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.roots import ROOTS
from wellhead.errors import (
    EmptySourceError,
    SourceError,
    SourceFormatError,
    SourceUnavailableError,
    UnitMismatchError,
    UnknownSourceError,
)
from wellhead.ingestion import yahoo
from wellhead.ingestion.pacing import ATTEMPTS
from wellhead.ingestion.yahoo import SYMBOLS, Yahoo
from wellhead.settings import get_settings
from wellhead.validation.parsing import parse

# WTI's front month around the day it went below zero, as float32 makes it.
DAYS = ["2020-04-17", "2020-04-20", "2020-04-21"]
CLOSES = [18.270000457763672, -37.630001068115234, 10.010000228881836]


def fetch(key: str = "WTI_FRONT", since: str | None = None) -> pd.DataFrame:
    first = date.fromisoformat(since) if since else None
    return Yahoo().fetch(find_instrument(key), "daily", first)


def charts(answer: Answer) -> Callable[[Asked], Answer]:
    """This answer for every chart; Yahoo's other pages give a crumb."""
    return lambda asked: answer if "/chart/" in asked.path else Answer("crumb")


def replayed(body: Any) -> Callable[[Asked], Answer]:
    return charts(Answer(body))


def test_prices_have_the_contracts_tick_and_negative_ones_stay(yahoo_upstream: Upstream) -> None:
    yahoo_upstream.serve(replayed(chart("CL=F", DAYS, CLOSES)))
    rows = fetch()
    assert rows["observed_at"].tolist() == DAYS
    assert rows["value"].tolist() == [18.27, -37.63, 10.01]
    assert rows["low"].tolist() == [18.27, -37.63, 10.01]
    assert set(rows["unit"]) == {"USD/bbl"}


@pytest.mark.parametrize("key", SYMBOLS)
def test_every_front_month_is_asked_for_by_its_symbol(key: str, yahoo_upstream: Upstream) -> None:
    symbol, decimals = SYMBOLS[key]
    yahoo_upstream.serve(replayed(chart(symbol, DAYS, [2.123456] * 3)))
    rows = fetch(key)
    assert set(rows["value"]) == {round(2.123456, decimals)}
    assert any(asked.path.endswith(f"/v8/finance/chart/{symbol}") for asked in yahoo_upstream.asked)
    assert find_instrument(key).kind == "front"
    assert "unadjusted for rolls" in find_instrument(key).name


def test_a_day_without_a_price_is_listed_as_missing(yahoo_upstream: Upstream) -> None:
    yahoo_upstream.serve(replayed(chart("CL=F", DAYS, [18.27, None, 10.01])))
    rows = fetch()
    assert rows["observed_at"].tolist() == DAYS
    assert rows["value"].isna().tolist() == [False, True, False]
    assert parse(rows).missing == 1


def test_a_close_outside_its_bar_is_kept(yahoo_upstream: Upstream) -> None:
    body = chart("BZ=F", DAYS, [60.0, 61.0, 62.0])
    body["chart"]["result"][0]["indicators"]["quote"][0]["high"] = [59.5, 61.0, 62.0]
    yahoo_upstream.serve(replayed(body))
    assert fetch("BRENT_FRONT").iloc[0][["value", "high"]].tolist() == [60.0, 59.5]


@pytest.mark.parametrize(
    ("moment", "kept"),
    [("2020-04-21 18:00", 2), ("2020-04-21 22:59", 2), ("2020-04-21 23:00", 3)],
)
def test_a_bar_of_a_day_that_is_not_over_is_left_out(
    moment: str, kept: int, yahoo_upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yahoo, "now", lambda: pd.Timestamp(moment, tz="UTC"))
    yahoo_upstream.serve(replayed(chart("CL=F", DAYS, CLOSES)))
    assert fetch()["observed_at"].tolist() == DAYS[:kept]


def test_the_recorded_chart_is_read_whole(
    yahoo_upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = recorded("yahoo/chart_v8_aapl.json")
    body["chart"]["result"][0]["meta"]["instrumentType"] = "FUTURE"  # it is of a share
    monkeypatch.setitem(SYMBOLS, "WTI_FRONT", ("AAPL", 2))
    yahoo_upstream.serve(replayed(body))
    rows = fetch()
    [result] = body["chart"]["result"]
    closes = result["indicators"]["quote"][0]["close"]
    assert len(rows) == len(result["timestamp"])
    assert rows["value"].tolist() == [round(close, 2) for close in closes]
    assert rows["observed_at"].iloc[-1] == "2025-10-29"


def bars_between(symbol: str, days: list[str], closes: list[float]) -> Callable[[Asked], Answer]:
    """Yahoo's charts hold the bars of the period that is asked for."""

    def respond(asked: Asked) -> Answer:
        if "/chart/" not in asked.path:
            return Answer("crumb")
        first = pd.Timestamp(int(asked.query.get("period1", 0)), unit="s", tz="America/New_York")
        shown = [n for n, day in enumerate(days) if pd.Timestamp(day, tz=first.tz) >= first]
        return Answer(chart(symbol, [days[n] for n in shown], [closes[n] for n in shown]))

    return respond


def test_since_brings_those_days_alone_and_asks_for_little_more(yahoo_upstream: Upstream) -> None:
    days = [str(day.date()) for day in pd.bdate_range("2019-01-02", "2020-04-21")]
    yahoo_upstream.serve(bars_between("CL=F", days, [50.0 + n / 100 for n in range(len(days))]))
    whole = fetch()
    assert whole["observed_at"].tolist() == days
    yahoo_upstream.asked.clear()
    rows = fetch(since="2020-04-20")
    assert rows["observed_at"].tolist() == ["2020-04-20", "2020-04-21"]
    assert rows["value"].tolist() == whole["value"].tolist()[-2:]
    firsts = [int(asked.query["period1"]) for asked in yahoo_upstream.asked if asked.query]
    assert min(firsts) >= pd.Timestamp("2020-04-01").timestamp()


def test_nothing_new_is_no_error_and_a_dead_symbol_is(yahoo_upstream: Upstream) -> None:
    yahoo_upstream.serve(bars_between("CL=F", DAYS, CLOSES))
    rows = fetch(since="2020-04-22")
    assert rows.empty
    assert list(rows.columns) == list(fetch().columns)
    with pytest.raises(EmptySourceError):
        fetch(since="2020-06-01")


def test_the_adjusted_price_is_never_used(yahoo_upstream: Upstream) -> None:
    body = chart("CL=F", DAYS, CLOSES)
    body["chart"]["result"][0]["indicators"]["adjclose"] = [{"adjclose": [1.0, 2.0, 3.0]}]
    yahoo_upstream.serve(replayed(body))
    assert fetch()["value"].tolist() == [18.27, -37.63, 10.01]


def test_the_bar_that_crosses_zero_and_a_day_without_trades_pass_the_gate(
    yahoo_upstream: Upstream,
) -> None:
    body = chart("CL=F", DAYS, CLOSES)
    quote = body["chart"]["result"][0]["indicators"]["quote"][0]
    quote |= {"open": [18.0, 17.73, 9.0], "high": [18.3, 17.85, 13.86], "low": [17.3, -40.32, -1.0]}
    quote["volume"] = [0, 247947, 0]
    yahoo_upstream.serve(replayed(body))
    (loaded,) = ingest("WTI_FRONT", "yahoo", write=False)
    assert loaded.batch["quality_score"] == 1.0
    assert loaded.batch["rows_quarantined"] == 0
    row = fetch().iloc[1]
    assert row[["open", "high", "low", "value"]].tolist() == [17.73, 17.85, -40.32, -37.63]
    assert fetch()["volume"].tolist() == [0, 247947, 0]


@pytest.mark.parametrize("market", ROOTS)
def test_a_dated_contract_is_asked_for_by_its_symbol(
    market: str, yahoo_upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yahoo, "now", lambda: pd.Timestamp("2026-11-02", tz="UTC"))
    contract = Contract(market, pd.Period("2027-02", "M"))
    yahoo_upstream.serve(replayed(chart(contract.symbol, DAYS, [2.123456] * 3)))
    assert set(fetch(contract.key)["value"]) == {round(2.123456, contract.root.decimals)}
    assert any(asked.path.endswith(f"/{contract.symbol}") for asked in yahoo_upstream.asked)


def test_the_next_contracts_are_carried_and_each_until_its_last_settle_has_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WELLHEAD_FUTURES_MONTHS", "3")
    get_settings.cache_clear()
    # CLZ26 trades until 2026-11-20.
    for moment, first in (("2026-11-20", 12), ("2026-11-27 12:00", 12), ("2026-11-28", 1)):
        monkeypatch.setattr(yahoo, "now", lambda moment=moment: pd.Timestamp(moment, tz="UTC"))
        carried = [key for key in Yahoo().carries() if key.startswith("WTI_20")]
        year = 2026 if first == 12 else 2027
        assert carried[0] == f"WTI_{year}_{first:02d}"
        assert len(carried) == 3
        assert Yahoo().codes()[carried[0]] == find_instrument(carried[0]).name[-6:-1] + ".NYM"
    with pytest.raises(UnknownSourceError, match="does not carry WTI_2026_12"):
        fetch("CLZ26")
    monkeypatch.undo()
    get_settings.cache_clear()


def test_a_whole_curve_is_loaded_and_one_dead_symbol_stops_no_other(
    yahoo_upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLHEAD_FUTURES_MONTHS", "3")
    get_settings.cache_clear()
    monkeypatch.setattr(yahoo, "now", lambda: pd.Timestamp("2020-04-22", tz="UTC"))

    def respond(asked: Asked) -> Answer:
        symbol = asked.path.rpartition("/")[2]
        if "/chart/" not in asked.path:
            return Answer("crumb")
        return Answer(NO_DATA if symbol == "CLM20.NYM" else chart(symbol, DAYS, CLOSES))

    yahoo_upstream.serve(respond)
    outcome = load_curve("WTI", write=False)
    assert list(outcome.loaded) == ["WTI_2020_05", "WTI_2020_07"]
    assert "CLM20.NYM has an empty answer" in outcome.failed["WTI_2020_06"]
    assert all(loaded.batch["rows_received"] == 3 for loaded in outcome.loaded.values())


NO_DATA = {"chart": {"result": None, "error": {"code": "Not Found", "description": "No data"}}}
NO_BARS = chart("CL=F", [], [])
NO_CLOSE = chart("CL=F", DAYS, CLOSES)
del NO_CLOSE["chart"]["result"][0]["indicators"]["quote"][0]["close"]
FAULTS: dict[str, tuple[Answer, type[SourceError], str]] = {
    "too many requests": (Answer("Too Many Requests", 429), SourceUnavailableError, "Too Many"),
    "too many requests with status 200": (
        Answer("Too Many Requests"),
        SourceUnavailableError,
        "refused: Too Many Requests",
    ),
    "an HTML page": (Answer("<html>sorry</html>"), SourceFormatError, "HTML page instead of JSON"),
    "JSON that breaks off": (
        Answer('{"chart": {"resu'),
        SourceFormatError,
        "cut-off JSON instead of JSON",
    ),
    "a transfer that breaks off": (
        Answer('{"chart"', claimed=5_000),
        SourceUnavailableError,
        "broke off",
    ),
    "closed for repairs": (Answer("Will be right back"), SourceUnavailableError, "DOWN"),
    "no data": (Answer(NO_DATA), EmptySourceError, "has an empty answer"),
    "no bars": (Answer(NO_BARS), EmptySourceError, "has an empty answer"),
    "a renamed field": (Answer(NO_CLOSE), SourceFormatError, "KeyError.'close'"),
    "monthly bars": (
        Answer(chart("CL=F", DAYS, CLOSES, dataGranularity="1mo")),
        SourceFormatError,
        "dataGranularity 1mo, not 1d",
    ),
    "a share": (
        Answer(chart("CL=F", DAYS, CLOSES, instrumentType="EQUITY")),
        SourceFormatError,
        "instrumentType EQUITY, not FUTURE",
    ),
    "days of another time zone": (
        Answer(chart("CL=F", DAYS, CLOSES, exchangeTimezoneName="Europe/London")),
        SourceFormatError,
        "exchangeTimezoneName Europe/London, not America/New_York",
    ),
    "another symbol": (
        Answer(chart("BZ=F", DAYS, CLOSES)),
        SourceFormatError,
        "states symbol BZ=F, not CL=F",
    ),
    "another currency": (
        Answer(chart("CL=F", DAYS, CLOSES, currency="GBp")),
        UnitMismatchError,
        "in GBp, not in USD",
    ),
}  # a table, one case a line


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_its_own_error(fault: str, yahoo_upstream: Upstream) -> None:
    answer, error, words = FAULTS[fault]
    yahoo_upstream.serve(replayed(chart("CL=F", DAYS, CLOSES)))
    fetch()  # yfinance asks for the symbol's time zone once in a process, in words of its own
    yahoo_upstream.serve(charts(answer))
    with pytest.raises(SourceError, match=words) as caught:
        fetch()
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)


def test_a_rate_limit_is_waited_for_a_bounded_number_of_times(yahoo_upstream: Upstream) -> None:
    yahoo_upstream.serve(charts(Answer("Too Many Requests", 429)))
    with pytest.raises(SourceUnavailableError, match=f"Tried {ATTEMPTS} times"):
        fetch()


def test_an_empty_answer_that_passes_is_recovered_from(yahoo_upstream: Upstream) -> None:
    yahoo_upstream.serve(replayed(chart("CL=F", DAYS, CLOSES)))
    fetch()  # so that yfinance knows the time zone and asks for the bars alone
    empty = iter([Answer(NO_BARS), Answer(NO_DATA), Answer("<html>busy</html>", 503)])
    good = Answer(chart("CL=F", DAYS, CLOSES))
    yahoo_upstream.serve(
        lambda asked: next(empty, good) if "/chart/" in asked.path else Answer("crumb")
    )
    assert fetch()["value"].tolist() == [18.27, -37.63, 10.01]


def test_yfinance_keeps_its_setting_for_others(yahoo_upstream: Upstream) -> None:
    import yfinance

    before = yfinance.config.debug.hide_exceptions
    yahoo_upstream.serve(replayed(chart("CL=F", DAYS, CLOSES)))
    fetch()
    assert yfinance.config.debug.hide_exceptions == before


@pytest.mark.network
@pytest.mark.parametrize("key", SYMBOLS)
def test_the_live_site_still_answers(
    key: str, live: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WELLHEAD_VAR_DIR", str(tmp_path))
    get_settings.cache_clear()
    rows = fetch(key)
    get_settings.cache_clear()
    assert len(rows) > 4_000
    if key == "WTI_FRONT":
        assert rows.set_index("observed_at")["value"]["2020-04-20"] == -37.63


@pytest.mark.network
@pytest.mark.parametrize("market", ROOTS)
def test_the_live_site_still_has_the_dated_contracts(
    market: str, live: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WELLHEAD_VAR_DIR", str(tmp_path))
    get_settings.cache_clear()
    rows = fetch(tradable_contracts(market, yahoo.now(), 2)[1].key)
    get_settings.cache_clear()
    assert len(rows) > 20
