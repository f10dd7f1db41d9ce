"""Every rule of the suite of observations: what it catches, and what it lets pass."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from wellhead.calendars import sessions_between
from wellhead.catalogue.lookup import find_instrument
from wellhead.ingestion.base import raw_frame
from wellhead.validation import suites
from wellhead.validation.gate import ValidationResult, require
from wellhead.validation.observations.series import LoadedSeries, StoredDays
from wellhead.validation.observations.validate import validate_observations
from wellhead.validation.parsing import Parsed, parse

DAYS = pd.bdate_range("2020-03-02", periods=20)
MOMENT = pd.Timestamp("2020-04-01", tz="UTC")
Cells = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """Cells to put into the last row (`bad` or `good`) of a clean batch."""

    bad: Cells
    good: Cells
    commodity: str = "WTI"
    frequency: str = "daily"
    days: Any = field(default_factory=lambda: DAYS)
    moment: pd.Timestamp = MOMENT
    values: Any = None
    caught: int = 1


FLAT = [60.0] * 12
MONTHS = pd.date_range("2019-01-01", periods=14, freq="MS")
FRIDAYS = pd.date_range("2020-01-03", periods=12, freq="7D")
YEAR = pd.bdate_range("2018-01-02", periods=300)
BAR = {"open": "17.73", "high": "17.85", "low": "-40.32", "value": "-37.63", "volume": "247947"}

# Sessions and nine Saturdays: one day more without a session is more than one in twenty.
CLOSED = pd.date_range("2018-01-06", periods=9, freq="7D").append(
    sessions_between("NYSE", "2017-01-03", "2017-12-29").tz_localize(None)[:186]
)

CASES = {
    "row-fits-its-header": Case({"as_written": "line 21: 2020-03-27,60,5"}, {}),
    "date-is-readable": Case({"observed_at": "03/04/2020"}, {"observed_at": "2020-03-30"}),
    "value-is-a-number": Case({"value": "sixty"}, {"value": "-36.98"}),
    "bar-is-of-numbers": Case({"volume": "n.v."}, {"volume": None}),
    "unit-is-stated": Case({"unit": None}, {"unit": "USD/bbl"}),
    "unit-is-the-catalogues": Case({"unit": "USD/gal"}, {"unit": "USD/bbl"}),
    "value-is-plausible": Case({"value": 6000}, {"value": -36.98}),
    "bar-is-plausible-below": Case({"low": -4032}, BAR),
    "bar-is-plausible-above": Case({"high": float("inf")}, BAR),
    "volume-is-not-negative": Case({"volume": -1}, {"volume": 0}),
    "level-is-usual": Case(
        {},
        {},
        days=YEAR,
        values=([6.0] * 300, [60.0] * 300),
        caught=300,
        moment=pd.Timestamp("2019-03-01", tz="UTC"),
    ),
    "day-has-one-value": Case(
        {"observed_at": "2020-03-02"}, {"observed_at": "2020-03-30"}, caught=2
    ),
    "day-is-midnight-utc": Case({}, {}),
    "day-begins-its-period": Case(
        {"observed_at": "2020-02-29"},
        {"observed_at": "2020-02-01"},
        frequency="monthly",
        days=MONTHS,
    ),
    "day-has-come": Case({"observed_at": "2021-03-26"}, {"observed_at": "2020-03-27"}),
    "day-is-within-records": Case({"observed_at": "1820-03-27"}, {"observed_at": "2020-03-27"}),
    "day-is-a-weekday": Case({"observed_at": "2020-03-28"}, {"observed_at": "2020-03-27"}),
    "days-are-sessions": Case(
        {"observed_at": "2018-03-31"},
        {},
        days=CLOSED,
        caught=10,
        moment=pd.Timestamp("2019-03-01", tz="UTC"),
    ),
    "no-time-of-day-is-written": Case(
        {"observed_at": "2020-03-27T23:00:00-05:00"}, {"observed_at": "2020-03-27 00:00:00+00:00"}
    ),
    "low-not-above-high": Case({"low": "20", "high": "19"}, BAR),
    "open-not-below-low": Case({"open": "18", "low": "19", "high": "70"}, BAR),
    "open-not-above-high": Case({"open": "71", "low": "19", "high": "70"}, BAR),
    "close-lies-in-its-bar": Case({"low": "61", "high": "62", "value": "60.5"}, BAR),
    "change-is-usual": Case(
        {"value": -36.98}, {"value": 58}, days=YEAR, moment=pd.Timestamp("2019-03-01", tz="UTC")
    ),
    "value-is-alive": Case({}, {}, values=([60.0] * 12 + list(range(50, 58)), list(range(50, 70)))),
    "no-gap-before": Case({"observed_at": "2020-03-31"}, {"observed_at": "2020-03-27"}),
    "gaps-are-few": Case({"observed_at": "2020-03-31"}, {"observed_at": "2020-03-27"}),
    "newest-day-is-fresh": Case(
        {"observed_at": "2020-03-27"},
        {"observed_at": "2020-04-10"},
        moment=pd.Timestamp("2020-04-12", tz="UTC"),
    ),
}  # a table, one case a line


@dataclass(frozen=True)
class Batch:
    raw: pd.DataFrame
    parsed: Parsed

    @property
    def rows(self) -> pd.DataFrame:
        return self.parsed.rows


def _batch(case: Case, cells: Cells, which: int) -> Batch:
    values = case.values[which] if case.values else 60 + np.sin(np.arange(len(case.days)))
    written = raw_frame(
        pd.DataFrame({"observed_at": case.days.astype(str), "value": values, "unit": "USD/bbl"})
    )
    for name, cell in cells.items():
        written.loc[len(written) - 1, name] = cell
    return Batch(written, parse(written))


def _validated(case: Case, batch: Batch, **around: Any) -> ValidationResult:
    rule = "after-month-end" if case.frequency == "monthly" else "same-day-close"
    series = LoadedSeries(find_instrument(case.commodity), "test", case.frequency, rule)
    return validate_observations(batch.raw, batch.parsed, series, case.moment, **around)


def _caught(result: ValidationResult) -> dict[str, int]:
    return dict(zip(result.results["rule"], result.results["caught"], strict=True))


def test_every_rule_has_its_case() -> None:
    assert [rule.name for rule in suites.load_suite("observations").rules] == list(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_catches_what_it_is_there_for_and_nothing_else(rule: str) -> None:
    case = CASES[rule]
    bad, good = _batch(case, case.bad, 0), _batch(case, case.good, 1)
    if rule == "day-is-midnight-utc":  # `parse` drops a time of day; the rule guards against others
        bad.rows.loc[3, "observed_at"] += pd.Timedelta(hours=5)
    assert _caught(_validated(case, bad))[rule] == case.caught
    assert _caught(_validated(case, good))[rule] == 0


@pytest.mark.parametrize(
    "rule", suites.load_suite("observations").rules, ids=lambda rule: rule.name
)
def test_what_a_rule_caught_has_the_consequence_that_the_suite_states(rule: suites.Rule) -> None:
    case = CASES[rule.name]
    batch = _batch(case, case.bad, 0)
    if rule.name == "day-is-midnight-utc":
        batch.rows.loc[3, "observed_at"] += pd.Timedelta(hours=5)
    result = _validated(case, batch)
    assert (rule.name in set(result.caught["rule"])) == (rule.severity == "reject")
    assert (rule.name in result.refusing) == (rule.severity == "refuse")
    if rule.severity == "flag":
        assert len(result.passed) == len(batch.rows)


def test_the_days_below_zero_pass_every_rejecting_rule() -> None:
    may = pd.Timestamp("2020-05-01", tz="UTC")
    days = pd.DatetimeIndex(["2020-04-16", "2020-04-17", "2020-04-20", "2020-04-21"])
    spot = Case(
        {"value": "8.91"}, {}, days=days, values=([19.82, 18.31, -36.98, 0],) * 2, moment=may
    )
    settle = Case({}, BAR, "WTI_FRONT", days=days[:3], values=([19.87, 18.27, 0],) * 2, moment=may)
    for case, cells in ((spot, spot.bad), (settle, settle.good)):
        batch = _batch(case, cells, 0)
        result = _validated(case, batch)
        require(result, "the days of April 2020")
        assert result.passed["value"].tolist() == batch.rows["value"].tolist()
        assert min(result.passed["value"]) in (-36.98, -37.63)


def test_a_row_off_its_weekday_is_rejected_and_a_series_of_mondays_is_not() -> None:
    fridays = Case({"observed_at": "2020-03-19"}, {}, frequency="weekly", days=FRIDAYS)
    assert (
        _caught(_validated(fridays, _batch(fridays, fridays.bad, 0)))["day-begins-its-period"] == 1
    )
    first_off = _batch(fridays, {}, 0)
    first_off.rows.loc[0, "observed_at"] -= pd.Timedelta(days=1)
    assert _caught(_validated(fridays, first_off))["no-gap-before"] == 0  # it moves no other week
    mondays = Case(
        {}, {}, frequency="weekly", days=pd.date_range("2019-06-03", periods=40, freq="7D")
    )
    assert _caught(_validated(mondays, _batch(mondays, {}, 0)))["day-begins-its-period"] == 0


def test_a_few_rows_lie_on_the_weekday_that_the_catalogue_states() -> None:
    tuesdays = Case(
        {"observed_at": "2020-03-20"},
        {},
        commodity="WTI_MANAGED_MONEY_NET",
        frequency="weekly",
        days=FRIDAYS - pd.Timedelta(days=3),
    )
    assert _caught(_validated(tuesdays, _batch(tuesdays, {}, 0)))["day-begins-its-period"] == 0
    off = _batch(tuesdays, tuesdays.bad, 0)
    assert _caught(_validated(tuesdays, off))["day-begins-its-period"] == 1


def test_weekly_and_monthly_series_have_gaps_and_grow_old_as_well() -> None:
    weekly = Case({"observed_at": "2020-03-27"}, {}, frequency="weekly", days=FRIDAYS)
    assert _caught(_validated(weekly, _batch(weekly, weekly.bad, 0)))["no-gap-before"] == 1
    monthly = Case({}, {}, frequency="monthly", days=MONTHS)
    assert _caught(_validated(monthly, _batch(monthly, {}, 0)))["newest-day-is-fresh"] == 0
    late = Case(
        {}, {}, frequency="monthly", days=MONTHS, moment=pd.Timestamp("2020-08-01", tz="UTC")
    )
    results = _validated(late, _batch(late, {}, 0)).results.set_index("rule")
    assert results.loc["newest-day-is-fresh", "examples"] == ["4"]  # March to June


def test_a_holiday_and_a_day_listed_without_a_value_are_no_gap() -> None:
    """10 April 2020 is Good Friday; the 15th comes as an empty cell."""
    days = pd.bdate_range("2020-04-06", "2020-04-20").drop("2020-04-10")
    case = Case({}, {}, days=days, moment=MOMENT + pd.Timedelta(days=20))
    raw = _batch(case, {}, 0).raw
    raw.loc[raw["observed_at"] == "2020-04-15", "value"] = ""
    batch = Batch(raw, parse(raw))
    assert _caught(_validated(case, batch))["no-gap-before"] == 1
    listed = _validated(case, batch, listed_empty=["2020-04-15"])
    assert _caught(listed)["no-gap-before"] == 0


def test_the_gap_between_what_is_stored_and_a_short_batch_is_seen() -> None:
    case = Case({}, {}, days=DAYS[10:])
    before = pd.DataFrame({"observed_at": DAYS[:8].tz_localize("UTC"), "value": 60.0})
    result = _validated(case, _batch(case, {}, 0), stored=StoredDays(before=before))
    assert _caught(result)["no-gap-before"] == 1
    assert result.results.set_index("rule").loc["no-gap-before", "examples"] == ["2"]


def test_a_result_keeps_what_was_observed() -> None:
    case = CASES["value-is-plausible"]
    results = _validated(case, _batch(case, case.bad, 0)).results.set_index("rule")
    assert results.loc["value-is-plausible", "observed"] == "59 to 6000"
    assert results.loc["value-is-plausible", "examples"] == ["6000"]
    assert results.loc["date-is-readable", "observed"] == "2020-03-02 to 2020-03-27"
    assert results.loc["low-not-above-high", "checked"] == 0
