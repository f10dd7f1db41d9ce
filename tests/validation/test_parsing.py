"""Raw rows become typed rows; what cannot be read is kept for the rules to catch."""

import pandas as pd
import pytest

from wellhead.ingestion.base import raw_frame
from wellhead.validation.parsing import parse


def _parsed(dates: list[str], values: list[object]) -> pd.DataFrame:
    raw = raw_frame(pd.DataFrame({"observed_at": dates, "value": values, "unit": "USD/bbl"}))
    return parse(raw).rows


def test_negative_and_zero_prices_pass_unchanged() -> None:
    rows = _parsed(["2020-04-17", "2020-04-20", "2020-04-21"], ["18.31", "-36.98", "0"])
    assert rows["value"].tolist() == [18.31, -36.98, 0.0]


@pytest.mark.parametrize("blank", [".", "", " ", "NaN", "null", None, float("nan")])
def test_a_day_listed_without_a_value_is_counted_and_is_no_fault(blank: object) -> None:
    raw = raw_frame(
        pd.DataFrame({"observed_at": ["2024-01-01", "2024-01-02"], "value": [blank, "71"]})
    )
    parsed = parse(raw)
    assert parsed.missing == 1
    assert parsed.rows["value"].tolist() == [71.0]


@pytest.mark.parametrize("text", ["seventy", "1,234.5", "inf", "-inf", "12.5 USD"])
def test_text_that_is_no_number_becomes_nan_and_stays(text: str) -> None:
    rows = _parsed(["2024-01-02"], [text])
    assert rows["value"].isna().tolist() == [True]


@pytest.mark.parametrize("text", ["03/04/2020", "2020-13-01", "yesterday", "20200420"])
def test_an_ambiguous_or_impossible_date_is_not_guessed(text: str) -> None:
    assert _parsed([text], ["1"])["observed_at"].isna().all()


def test_a_date_counts_as_the_day_it_is_written_as() -> None:
    rows = _parsed(["2020-04-20T23:30:00-05:00", "2020-04-21 00:00:00"], ["1", "2"])
    assert [str(day.date()) for day in rows["observed_at"]] == ["2020-04-20", "2020-04-21"]
    assert str(rows["observed_at"].dt.tz) == "UTC"


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
    cells = {"observed_at": ["2024-01-01"], "value": ["70"], "published": [written]}
    assert str(parse(raw_frame(pd.DataFrame(cells))).rows["published"].iloc[0]) == moment
