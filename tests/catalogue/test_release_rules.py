"""What should have been published by a moment."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from wellhead.calendars import sessions
from wellhead.catalogue.release_rules import RELEASE_GRACE, RELEASE_RULES, newest_due, periods_due

MOMENTS = st.datetimes(pd.Timestamp("2001-01-01"), pd.Timestamp("2030-01-01"))


@given(MOMENTS, st.integers(0, 400), st.sampled_from(["weekly-wednesday", "same-day-close"]))
def test_nothing_is_due_after_the_newest_day_due(moment, behind: int, rule: str) -> None:
    at = pd.Timestamp(moment, tz="UTC")
    trading = sessions("NYSE")
    newest = trading[trading.searchsorted(at) - 1 - behind]
    due = newest_due("NYSE", "daily", rule, newest, at)
    assert due >= newest
    assert due in trading
    assert periods_due("NYSE", "daily", rule, due, at) == 0
    late = periods_due("NYSE", "daily", rule, newest, at)
    assert (late == 0) == (due == newest)
    if late:
        assert RELEASE_RULES[rule](pd.DatetimeIndex([due]))[0] + RELEASE_GRACE <= at


def test_a_price_of_eia_is_due_with_the_release_after_it_and_the_grace() -> None:
    monday = pd.Timestamp("2024-03-04", tz="UTC")  # released on Wednesday the 6th, 20:00
    known = [
        newest_due("NYSE", "daily", "weekly-wednesday", "2024-02-26", moment)
        for moment in ("2024-03-09T19:00Z", "2024-03-09T21:00Z")
    ]
    assert known == [pd.Timestamp("2024-02-26", tz="UTC"), monday]


NEW_YORK = "America/New_York"


def _known(rule: str, days: list[str]) -> list[str]:
    """The moments, in New York, at which the values of days become known."""
    known = RELEASE_RULES[rule](pd.DatetimeIndex(days, tz="UTC")).tz_convert(NEW_YORK)
    return known.strftime("%a %m-%d %H:%M").tolist()


def test_gas_in_storage_is_known_from_the_release_on_thursday() -> None:
    summer, winter, thanksgiving = "2024-06-28", "2024-01-12", "2024-11-22"
    assert _known("weekly-gas-storage", [winter, "2024-07-12"]) == [
        "Thu 01-18 11:00",
        "Thu 07-18 12:00",
    ]
    assert _known("weekly-gas-storage", [thanksgiving]) == ["Mon 12-02 13:00"]
    assert _known("weekly-gas-storage", [summer]) == ["Mon 07-08 14:00"]  # the 4th of July


def test_positions_are_known_from_the_release_on_friday() -> None:
    assert _known("weekly-positions", ["2024-01-23", "2024-07-23"]) == [
        "Fri 01-26 16:00",
        "Fri 07-26 17:00",
    ]
    assert _known("weekly-positions", ["2024-12-24", "2023-07-04"]) == [  # holidays in between
        "Mon 12-30 16:00",
        "Mon 07-10 17:00",
    ]


@given(st.dates(pd.Timestamp("2006-06-13").date(), pd.Timestamp("2040-01-01").date()))
def test_a_weekly_release_is_never_before_its_hour_in_new_york(day) -> None:
    at = pd.DatetimeIndex([day], tz="UTC")
    for rule, distance, hour in (("weekly-gas-storage", 6, 10.5), ("weekly-positions", 3, 15.5)):
        own = at + pd.Timedelta(days=(4 if distance == 6 else 1) - at[0].day_of_week)
        due = (own + pd.Timedelta(days=distance)).tz_localize(None).tz_localize(NEW_YORK)
        assert (RELEASE_RULES[rule](own) >= due + pd.Timedelta(hours=hour)).all()
