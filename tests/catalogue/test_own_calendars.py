"""Calendars by name or from a file of holidays, and which one fits the days of a series."""

from pathlib import Path

import pandas as pd
import pytest

from wellhead.calendars import CALENDARS, next_sessions, sessions, sessions_between
from wellhead.catalogue.entries import catalogue, remember
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.own_calendars import (
    calendar_title,
    find_calendar,
    fitting_calendar,
    no_sessions,
)
from wellhead.errors import InputError, SettingsError
from wellhead.settings import get_settings

WEEK = ["2024-12-23", "2024-12-24", "2024-12-27", "2024-12-30"]
HOLIDAYS = "\ufeff# Germany\n2024-12-25  # Christmas\n\n2024-12-26\n2024-12-25\n"
POWER = "POWER: {name: Power, unit: USD/bbl, calendar: %s, plausible: [-500, 5000]}\n"


def days(texts: list[str]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(texts, tz="UTC")


@pytest.fixture
def holidays(tmp_path: Path) -> Path:
    path = tmp_path / "holidays.txt"
    path.write_text(HOLIDAYS, encoding="utf-8")
    return path


def test_every_day_is_a_session_of_everyday() -> None:
    assert "everyday" in CALENDARS
    assert len(sessions_between("everyday", "2024-01-01", "2024-12-31")) == 366
    assert next_sessions("everyday", "2024-02-28", 2).day_name().tolist() == ["Thursday", "Friday"]


def test_a_file_of_holidays_makes_the_weekdays_less_those_days(holidays: Path) -> None:
    calendar = find_calendar(str(holidays))
    assert sessions_between(calendar, "2024-12-23", "2024-12-30").equals(days(WEEK))
    assert calendar_title(calendar) == "weekdays less 2 holidays"
    assert len(sessions("weekdays")) == len(sessions(calendar)) + 2
    holidays.unlink()
    assert sessions_between(find_calendar(calendar), "2024-12-25", "2024-12-26").empty


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("25/12/2024\n", r"holidays\.txt: holiday '25/12/2024' is not a date"),
        ("# none\n", "has no holiday|is missing"),
        ("\xff\xfe", "cannot be read as text"),
    ],
)
def test_a_wrong_file_of_holidays_is_one_clear_line(text: str, words: str, holidays: Path) -> None:
    holidays.write_text(text, encoding="latin-1")
    with pytest.raises(InputError, match=words):
        find_calendar(str(holidays))


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(InputError, match=r"'MARS' is not one of: NYSE, .*everyday; nor a file"):
        find_calendar("MARS")


def test_an_instrument_of_ones_own_takes_its_holidays_from_a_file_beside_it(
    csv_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And keeps them where the folder is gone."""
    monkeypatch.setenv("WELLHEAD_VAR_DIR", str(csv_folder / "var"))
    get_settings.cache_clear()
    (csv_folder / "holidays.txt").write_text(HOLIDAYS, encoding="utf-8")
    (csv_folder / "instruments.yml").write_text(POWER % "holidays.txt")
    described = find_instrument("POWER")
    assert sessions_between(described.calendar, *days([WEEK[0], WEEK[-1]])).equals(days(WEEK))
    remember(described)
    (csv_folder / "holidays.txt").unlink()
    (csv_folder / "instruments.yml").unlink()
    assert catalogue()["POWER"].calendar == described.calendar


def test_a_holiday_file_that_is_not_there_names_file_key_and_field(csv_folder: Path) -> None:
    (csv_folder / "instruments.yml").write_text(POWER % "holydays.txt")
    with pytest.raises(SettingsError, match=r"POWER, field calendar: 'holydays.txt' is not one of"):
        catalogue()


@pytest.mark.parametrize("name", CALENDARS)
def test_a_series_fits_the_calendar_that_it_was_made_with(name: str) -> None:
    made = sessions_between(name, "2015-01-01", "2020-12-31")
    assert no_sessions(made, name).empty
    assert fitting_calendar(made, name) is None
    other = "everyday" if name != "everyday" else "weekdays"
    fitting = fitting_calendar(made, other)
    assert fitting is not None
    assert sessions_between(fitting, made[0], made[-1]).equals(made)


def test_a_shifted_series_fits_no_calendar() -> None:
    shifted = sessions_between("LSE", "2021-01-01", "2023-12-31") - pd.Timedelta(days=1)
    assert len(no_sessions(shifted, "LSE")) > len(shifted) / 6
    assert fitting_calendar(shifted, "LSE") is None


def test_days_before_all_calendars_are_not_judged() -> None:
    """The calendars begin in 1980; the Dow Jones does not."""
    old = pd.bdate_range("1950-01-03", "1985-12-31", tz="UTC")
    assert no_sessions(old, "weekdays").empty
    assert no_sessions(old[:100], "NYSE").empty
    assert fitting_calendar(old[:100], "NYSE") is None
