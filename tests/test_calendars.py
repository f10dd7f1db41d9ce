"""Dates are read strictly: what could be another day is no date."""

import datetime
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from wellhead import calendars
from wellhead.calendars import to_utc
from wellhead.database.operations import get_price_data
from wellhead.errors import BadDateError
from wellhead.evaluation.backtesting.origins import BacktestPlan

APRIL = pd.Timestamp("2020-04-20", tz="UTC")


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2020-04-20", APRIL),
        (" 2020-04-20 ", APRIL),
        ("2020-04-20T00:00", APRIL),
        ("2020-04-20 14:30:15.5", APRIL + pd.Timedelta("14:30:15.5")),
        ("2020-04-20T00:00:00Z", APRIL),
        ("2020-04-20T02:00:00+02:00", APRIL),
        ("2020-04-19 19:00-0500", APRIL),
        (datetime.date(2020, 4, 20), APRIL),
        (datetime.datetime(2020, 4, 20, 1), APRIL + pd.Timedelta(hours=1)),  # noqa: DTZ001 - UTC
        (pd.Timestamp("2020-04-20", tz="Europe/Berlin"), APRIL - pd.Timedelta(hours=2)),
    ],
)
def test_iso_text_and_typed_dates_are_read(written: object, moment: pd.Timestamp) -> None:
    assert to_utc(written) == moment  # type: ignore[arg-type]
    assert str(to_utc(written).tz) == "UTC"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "written",
    [
        *("01/06/2022", "20/04/2005", "2005", 2005, 2005.5, True, "20050420", "2020-13-01"),
        *("2020-4-5", "April 5, 2020", "5.6.2005", "2020-04", "soon", "now", "today", "", None),
        *(pd.NaT, "2020-04-20 25:00", "2020-W17", "20-04-20", b"2020-04-20"),
    ],
)
def test_anything_else_is_refused_with_an_example(written: object) -> None:
    with pytest.raises(BadDateError, match="write it as YYYY-MM-DD, for example 2020-04-20") as bad:
        to_utc(written, name="start")  # type: ignore[arg-type]
    assert str(bad.value).startswith(f"start {written!r} is not a date")


@pytest.mark.parametrize("dates", [("20/04/2005", "05/06/2005"), (2005,), ("2005-04-20", 2006)])
def test_no_reader_of_prices_guesses(dates: tuple[str, ...]) -> None:
    with pytest.raises(BadDateError, match="is not a date"):
        get_price_data("WTI", *dates)


@pytest.mark.parametrize("start", ["01/06/2022", 2022, "2022"])
def test_no_backtest_guesses(start: str) -> None:
    with pytest.raises(BadDateError, match="start"):
        BacktestPlan(start=start)


def test_threads_that_need_a_calendar_at_a_time_make_it_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []
    get_calendar = calendars.market_calendars.get_calendar
    monkeypatch.setattr(
        calendars.market_calendars,
        "get_calendar",
        lambda name: made.append(name) or get_calendar(name),
    )
    calendars._sessions.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(calendars.sessions, ["LSE"] * 8))
    assert made == ["LSE"]
    assert all(each is found[0] for each in found)
