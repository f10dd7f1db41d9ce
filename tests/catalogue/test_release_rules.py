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
