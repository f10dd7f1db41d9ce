"""Rule columns of observations: repeats, jumps and days, within a batch and against the store."""

import pandas as pd

from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import Frequency
from wellhead.ingestion.base import raw_frame
from wellhead.validation.observations.series import LoadedSeries, StoredDays
from wellhead.validation.observations.validate import with_rule_columns
from wellhead.validation.parsing import parse

MOMENT = pd.Timestamp("2030-01-01", tz="UTC")
NOTHING_STORED = StoredDays()


def _columns(
    written: pd.DataFrame, frequency: Frequency, stored: StoredDays = NOTHING_STORED
) -> pd.DataFrame:
    raw = raw_frame(written)
    rule = "after-month-end" if frequency == "monthly" else "same-day-close"
    series = LoadedSeries(find_instrument("WTI"), "test", frequency, rule)
    return with_rule_columns(raw, parse(raw).rows, series, MOMENT, stored)


def _series(
    dates: list[str],
    values: list[object],
    frequency: Frequency = "daily",
    stored: StoredDays = NOTHING_STORED,
) -> pd.DataFrame:
    return _columns(pd.DataFrame({"observed_at": dates, "value": values}), frequency, stored)


def test_of_identical_copies_the_first_is_good_and_contradictions_are_all_bad() -> None:
    rows = _series(
        ["2024-01-02", "2024-01-02", "2024-01-03", "2024-01-03"], ["70", "70", "71", "72"]
    )
    assert rows["is_repeat"].tolist() == [False, True, True, True]


def test_a_first_of_month_on_a_weekend_is_no_weekend_price() -> None:
    assert not _series(["2023-10-01"], ["90"], "monthly")["is_weekend"].any()
    assert _series(["2023-10-01"], ["90"], "daily")["is_weekend"].all()


def _vintages(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    columns = ["observed_at", "value", "published"]
    return _columns(pd.DataFrame(rows, columns=columns), "monthly")


def test_a_day_may_come_once_for_each_moment_of_publication() -> None:
    rows = _vintages(
        [
            ("2024-01-01", "70", "2024-02-15"),
            ("2024-01-01", "71", "2024-03-15"),
            ("2024-01-01", "71", "2024-03-15"),
            ("2024-02-01", "72", "2024-03-15"),
            ("2024-02-01", "73", "2024-03-15"),
        ]
    )
    assert rows["is_repeat"].tolist() == [False, False, True, True, True]


def test_changes_are_between_days_as_published_last() -> None:
    rows = _vintages(
        [
            ("2024-01-01", "5", "2024-02-15"),
            ("2024-01-01", "71", "2024-03-15"),
            ("2024-02-01", "71", "2024-03-15"),
        ]
    )
    assert rows["unchanged_days"].fillna(-1).tolist() == [-1, 0, 1]


def test_a_window_is_compared_with_the_stored_days_before_it() -> None:
    dates = [str(day.date()) for day in pd.bdate_range("2023-01-02", periods=300)]
    values: list[object] = [70 + i % 3 for i in range(299)] + [170]
    whole = _series(dates, values)
    stored = StoredDays(before=whole[["observed_at", "value"]].head(290))
    window = _series(dates[290:], values[290:], stored=stored)
    for column in ("jump", "unchanged_days", "is_repeat"):
        assert window[column].tolist() == whole[column].tolist()[290:]
    assert window["jump"].iloc[-1] > 15
