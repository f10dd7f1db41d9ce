"""Raw rows become typed rows; what cannot be read is kept for the rules to catch."""

import pandas as pd
import pytest

from wellhead.ingestion.base import raw_frame
from wellhead.ingestion.prepare import prepare


def _prepared(dates: list[str], values: list[object], frequency: str = "daily") -> pd.DataFrame:
    raw = raw_frame(pd.DataFrame({"observed_at": dates, "value": values, "unit": "USD/bbl"}))
    return prepare(raw, frequency).rows


def test_negative_and_zero_prices_pass_unchanged() -> None:
    rows = _prepared(["2020-04-17", "2020-04-20", "2020-04-21"], ["18.31", "-36.98", "0"])
    assert rows["value"].tolist() == [18.31, -36.98, 0.0]


@pytest.mark.parametrize("blank", [".", "", " ", "NaN", "null", None, float("nan")])
def test_a_day_listed_without_a_value_is_counted_and_is_no_fault(blank: object) -> None:
    raw = raw_frame(
        pd.DataFrame({"observed_at": ["2024-01-01", "2024-01-02"], "value": [blank, "71"]})
    )
    prepared = prepare(raw, "daily")
    assert prepared.missing == 1
    assert prepared.rows["value"].tolist() == [71.0]


@pytest.mark.parametrize("text", ["seventy", "1,234.5", "inf", "-inf", "12.5 USD"])
def test_text_that_is_no_number_becomes_nan_and_stays(text: str) -> None:
    rows = _prepared(["2024-01-02"], [text])
    assert rows["value"].isna().tolist() == [True]


@pytest.mark.parametrize("text", ["03/04/2020", "2020-13-01", "yesterday", "20200420"])
def test_an_ambiguous_or_impossible_date_is_not_guessed(text: str) -> None:
    assert _prepared([text], ["1"])["observed_at"].isna().all()


def test_a_date_counts_as_the_day_it_is_written_as() -> None:
    rows = _prepared(["2020-04-20T23:30:00-05:00", "2020-04-21 00:00:00"], ["1", "2"])
    assert [str(day.date()) for day in rows["observed_at"]] == ["2020-04-20", "2020-04-21"]
    assert str(rows["observed_at"].dt.tz) == "UTC"


def test_of_identical_copies_the_first_is_good_and_contradictions_are_all_bad() -> None:
    rows = _prepared(
        ["2024-01-02", "2024-01-02", "2024-01-03", "2024-01-03"], ["70", "70", "71", "72"]
    )
    assert rows["is_repeat"].tolist() == [False, True, True, True]


def test_a_first_of_month_on_a_weekend_is_no_weekend_price() -> None:
    assert not _prepared(["2023-10-01"], ["90"], "monthly")["is_weekend"].any()
    assert _prepared(["2023-10-01"], ["90"], "daily")["is_weekend"].all()


def _vintages(rows: list[tuple[str, str, str | None]]) -> pd.DataFrame:
    columns = ["observed_at", "value", "published"]
    return prepare(raw_frame(pd.DataFrame(rows, columns=columns)), "monthly").rows


def test_a_day_may_come_once_for_each_moment_of_publication() -> None:
    rows = _vintages([
        ("2024-01-01", "70", "2024-02-15"), ("2024-01-01", "71", "2024-03-15"),
        ("2024-01-01", "71", "2024-03-15"), ("2024-02-01", "72", "2024-03-15"),
        ("2024-02-01", "73", "2024-03-15"),
    ])  # fmt: skip
    assert rows["is_repeat"].tolist() == [False, False, True, True, True]


def test_changes_are_between_days_as_published_last() -> None:
    rows = _vintages([
        ("2024-01-01", "5", "2024-02-15"), ("2024-01-01", "71", "2024-03-15"),
        ("2024-02-01", "71", "2024-03-15"),
    ])  # fmt: skip
    assert rows["unchanged_days"].fillna(-1).tolist() == [-1, 0, 1]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2024-02-15T13:30:00-06:00", "2024-02-15 19:30:00+00:00"),
        ("2024-02-15", "2024-02-16 12:00:00+00:00"),  # over in the last of all time zones
        ("soon", "NaT"),
        (None, "NaT"),
    ],
)
def test_a_moment_of_publication_is_read_or_left_to_the_rule(
    written: str | None, moment: str
) -> None:
    assert str(_vintages([("2024-01-01", "70", written)])["published"].iloc[0]) == moment


def test_a_window_is_judged_with_the_stored_days_before_it() -> None:
    dates = [str(day.date()) for day in pd.bdate_range("2023-01-02", periods=300)]
    values: list[object] = [70 + i % 3 for i in range(299)] + [170]
    whole = _prepared(dates, values)
    raw = raw_frame(pd.DataFrame({"observed_at": dates[290:], "value": values[290:]}))
    window = prepare(raw, "daily", whole[["observed_at", "value"]].head(290)).rows
    for column in ("jump", "unchanged_days", "is_repeat"):
        assert window[column].tolist() == whole[column].tolist()[290:]
    assert window["jump"].iloc[-1] > 15
