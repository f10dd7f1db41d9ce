"""Unusual volumes, days without a price, spreads, and the report on all of them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wellhead.analytics.anomalies.activity import missing_days, unusual_volumes
from wellhead.analytics.anomalies.detect import anomalies
from wellhead.analytics.anomalies.report import COLUMNS, Witnesses, anomaly_report
from wellhead.analytics.anomalies.summary import summary
from wellhead.calendars import sessions

DAYS = pd.bdate_range("2000-01-03", periods=800, tz="UTC")


def volumes() -> pd.Series:
    return pd.Series(np.exp(np.random.default_rng(0).normal(12, 0.3, 800)), DAYS)


def walk(start: float = 60.0) -> pd.Series:
    steps = np.random.default_rng(4).standard_normal(800)
    return (start + pd.Series(steps, DAYS).cumsum()).round(2)


def test_a_volume_far_from_the_usual_is_found_and_its_size_said() -> None:
    traded = volumes()
    assert unusual_volumes(traded).empty
    traded.iloc[700] *= 20
    (found,) = unusual_volumes(traded, "the volume of CL").to_dict("records")
    assert (found["day"], found["kind"]) == (DAYS[700], "volume")
    usual = traded.iloc[637:700].median()
    times = traded.iloc[700] / usual
    assert found["reason"].startswith(f"the volume of CL is {traded.iloc[700]:,.0f}: {times:.2g}")
    traded.iloc[700] = 0
    (none,) = unusual_volumes(traded).to_dict("records")
    assert none["size"] < -6


def test_volumes_are_judged_by_the_past_alone() -> None:
    traded, later = volumes(), volumes()
    traded.iloc[300] *= 30
    later.iloc[300] *= 30
    later.iloc[400:] = 1e9
    before = [unusual_volumes(each).query("day <= @DAYS[350]") for each in (traded, later)]
    assert len(before[0]) == 1
    pd.testing.assert_frame_equal(*before)


def test_a_feed_that_stops_is_found() -> None:
    open_days = sessions("weekdays")
    assert missing_days(DAYS, open_days).empty
    late = DAYS.delete(range(700, 705))
    (gap,) = missing_days(late, open_days, "WTI").to_dict("records")
    assert gap["kind"] == "gap"
    assert DAYS[700] <= gap["day"] <= DAYS[704]
    assert "WTI has no value on" in gap["reason"]


def test_holidays_every_month_are_no_gap() -> None:
    """A feed that often lacks a day is not unusual when it lacks one more."""
    random = np.random.default_rng(0)
    some = DAYS[random.random(len(DAYS)) > 0.1]
    assert len(missing_days(some, sessions("weekdays"))) <= 1


def test_the_digits_of_a_spread_say_nothing() -> None:
    """From 0.05 to 2.10 is a factor of 42, which means something of a price only."""
    spread = (walk() - walk() + 0.05).round(2)
    spread += pd.Series(np.random.default_rng(3).normal(0, 0.01, 800), DAYS)
    spread.iloc[700] = 42 * spread.iloc[699]
    (as_price,) = anomalies(spread.iloc[:701])["kind"]
    (as_spread,) = anomalies(spread.iloc[:701], as_written=False)["kind"]
    assert (as_price, as_spread) == ("wrong unit", "jump")


def test_the_report_has_all_of_them_in_time_order() -> None:
    prices, traded = walk().drop(DAYS[600:605]), volumes()
    prices.iloc[500] += 12
    traded.iloc[700] *= 20
    report = anomaly_report(
        prices,
        "WTI",
        sessions("weekdays"),
        spreads={"crack": prices - 60},
        volumes=traded,
    )
    assert list(report.found) == list(COLUMNS)
    assert report.found["day"].is_monotonic_increasing
    assert {"WTI", "WTI feed", "WTI volume", "crack"} == set(report.found["series"])
    own = report.found[report.found["series"] == "WTI"].iloc[0]
    assert (own["verdict"], own["known_on"]) == ("data error", prices.index[501])
    others = report.found[report.found["series"] != "WTI"]
    assert set(others["verdict"]) == {"open"}
    text = summary(report, "WTI")
    assert text.startswith("WTI had ")
    assert text.endswith(f"From {len(prices)} prices.")


def test_a_quiet_price_has_a_report_without_days() -> None:
    report = anomaly_report(walk().iloc[:300], "WTI", sessions("weekdays"))
    assert report.found.empty
    assert summary(report, "WTI").startswith("WTI had 0 unusual days in the year until")


EVENTS = {
    "1990-08": ("1990-08-01", "1990-08-31"),
    "2008-09 to 2008-12": ("2008-09-01", "2008-12-31"),
    "2014-11": ("2014-11-01", "2014-12-31"),
    "2020-03 to 2020-04": ("2020-03-01", "2020-04-30"),
    "2022-03": ("2022-03-01", "2022-03-31"),
}


def _read(folder: Path, file: str) -> pd.Series:
    prices = pd.read_csv(folder / f"{file}.csv", index_col=0, parse_dates=[0]).iloc[:, 0]
    return prices.dropna().tz_localize("UTC")


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("key", ["WTI", "BRENT"])
def test_known_events_are_found_in_real_prices(shared_prices: Path, key: str, event: str) -> None:
    prices = _read(shared_prices, f"{key.lower()}_spot_daily")
    begin, end = (pd.Timestamp(day, tz="UTC") for day in EVENTS[event])
    found = anomaly_report(prices, key, sessions("NYSE")).found
    days = found[(found["series"] == key) & found["day"].between(begin, end)]
    assert "market event" in set(days["verdict"])


def test_the_day_below_zero_and_the_gas_of_february_2021_are_found(shared_prices: Path) -> None:
    for key, day in (("WTI", "2020-04-20"), ("HENRY_HUB", "2021-02-16")):
        prices = _read(shared_prices, f"{key.lower()}_spot_daily")
        found = anomaly_report(prices, key, sessions("NYSE")).found
        of_day = found[(found["day"] == pd.Timestamp(day, tz="UTC")) & (found["series"] == key)]
        assert set(of_day["severity"]) == {"extreme"}


def test_a_stormy_month_is_one_alarm_and_a_market_event() -> None:
    prices = walk()
    steps = prices.diff()
    steps.iloc[600:640] *= 4
    stormy = 60 + steps.fillna(0).cumsum()
    report = anomaly_report(stormy, "WTI", sessions("weekdays"))
    (storm,) = report.found[report.found["kind"] == "storm"].to_dict("records")
    assert DAYS[605] < storm["day"] < DAYS[621]
    assert storm["verdict"] == "market event"
    assert "times as much in the last 21 sessions as in the year before" in storm["reason"]


def test_a_day_may_be_unusual_in_two_ways() -> None:
    """A jump that begins a stormy month, while a sister moves as well."""
    steps = walk().diff()
    steps.iloc[600:640] *= 4
    report = anomaly_report(60 + steps.fillna(0).cumsum(), "WTI", sessions("weekdays"))
    storm = report.found[report.found["kind"] == "storm"]["day"].iloc[0]
    steps[storm] = 30
    prices = 60 + steps.fillna(0).cumsum()
    sisters = pd.DataFrame({"BRENT": prices - 3})
    found = anomaly_report(
        prices, "WTI", sessions("weekdays"), witnesses=Witnesses(sisters=sisters)
    ).found
    of_day = found[found["day"] == storm].set_index("kind")["because"]
    assert of_day["jump"].startswith("BRENT moved +")
    assert "does not last for a month" in of_day["storm"]
