"""Contract of every registered source, and the CSV folder's errors."""

import datetime
from pathlib import Path

import pandas as pd
import pytest

from tests.csv_files import write_csv
from tests.ingestion.replay import Upstream
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.markets import front_month
from wellhead.catalogue.release_rules import RELEASE_RULES
from wellhead.catalogue.roots import ROOTS
from wellhead.errors import (
    EmptySourceError,
    SettingsError,
    SourceFormatError,
    UnitMismatchError,
    UnknownSourceError,
)
from wellhead.ingestion.base import RAW_COLUMNS, read_days
from wellhead.ingestion.registry import SOURCES, get_source
from wellhead.ingestion.yahoo import SYMBOLS
from wellhead.settings import get_settings
from wellhead.validation.observations.changes import change_columns
from wellhead.validation.observations.series import no_days
from wellhead.validation.parsing import parse


@pytest.fixture
def csv_folder(csv_folder: Path) -> Path:
    """A folder that source `csv` reads, with one good file."""
    write_csv(csv_folder, "wti", ["2020-04-17,18.31", "2020-04-20,-36.98"])
    return csv_folder


@pytest.mark.parametrize("key", SOURCES)
def test_every_source_keeps_the_contract(key: str, csv_folder: Path, upstreams: Upstream) -> None:
    source = get_source(key)
    card = source.card
    assert card.key == key
    assert all((card.title, card.url, card.licence, card.update, card.revisions))
    assert set(card.release_rule.values()) <= set(RELEASE_RULES)
    carried = source.carries()
    assert carried
    for name, frequencies in carried.items():
        instrument = find_instrument(name)
        assert source.version(instrument) == source.version(instrument)
        for frequency in frequencies:
            assert frequency in card.release_rule
            rows = source.fetch(instrument, frequency)
            assert tuple(rows.columns) == RAW_COLUMNS
            assert len(rows)
            assert set(rows["unit"]) == {instrument.unit}


@pytest.mark.parametrize("key", [key for key in SOURCES if key != "yahoo"])
def test_every_source_gives_the_days_since_one(
    key: str, csv_folder: Path, upstreams: Upstream
) -> None:
    source = get_source(key)
    instrument = find_instrument(next(iter(source.carries())))
    frequency = source.frequencies(instrument)[0]
    rows = source.fetch(instrument, frequency)
    days = read_days(rows["observed_at"])
    since = days.iloc[-1].date()
    window = source.fetch(instrument, frequency, since)
    expected = rows[days >= days.iloc[-1]].reset_index(drop=True)
    assert 0 < len(window) < len(rows)
    pd.testing.assert_frame_equal(window, expected, check_dtype=False)


@pytest.mark.parametrize("key", SOURCES)
def test_a_look_back_says_why_and_a_code_finds_its_instrument(key: str, csv_folder: Path) -> None:
    source = get_source(key)
    for frequency, look_back in source.card.look_back.items():
        assert frequency in source.card.release_rule
        assert look_back.days > 0
        assert look_back.reason
    assert set(source.codes()) == set(source.carries())
    for name, code in source.codes().items():
        assert source.find(code).key == source.find(name).key == name
    assert set(source.card.release_exceptions) <= set(source.carries())
    assert set(source.card.release_exceptions.values()) <= set(RELEASE_RULES)


def test_a_row_whose_day_cannot_be_read_is_in_every_window(csv_folder: Path) -> None:
    (csv_folder / "wti.csv").write_text("date,value\n2024-01-02,70\n02/01/2024,71\n2024-01-04,72\n")
    rows = get_source("csv").fetch(find_instrument("WTI"), "daily", datetime.date(2024, 1, 3))
    assert rows["value"].tolist() == ["71", "72"]


def test_a_file_may_say_when_its_values_were_published(csv_folder: Path) -> None:
    (csv_folder / "wti.csv").write_text(
        "date,value,published\n2024-01-02,70,2024-01-03T12:00:00Z\n2024-01-02,71,2024-01-05\n"
    )
    rows = parse(get_source("csv").fetch(find_instrument("WTI"), "daily")).rows
    assert not change_columns(rows, no_days())["is_repeat"].any()
    assert rows["published"].astype(str).tolist() == [
        "2024-01-03 12:00:00+00:00",
        "2024-01-06 12:00:00+00:00",
    ]


def test_an_unknown_source_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(UnknownSourceError, match="archive, cftc, csv"):
        get_source("bloomberg")


def test_a_source_names_what_it_carries_when_asked_for_something_else() -> None:
    with pytest.raises(UnknownSourceError, match=r"does not carry HENRY_HUB\. It has: WTI"):
        get_source("archive").frequencies(find_instrument("HENRY_HUB"))


def test_the_archive_holds_the_real_series() -> None:
    rows = get_source("archive").fetch(find_instrument("WTI"), "daily")
    days = pd.DatetimeIndex(rows["observed_at"])
    assert (str(days[0].date()), str(days[-1].date())) == ("1986-01-02", "2019-01-03")
    assert rows["value"].isna().sum() == 290  # FRED lists its holidays
    monthly = get_source("archive").fetch(find_instrument("BRENT"), "monthly")
    assert (pd.DatetimeIndex(monthly["observed_at"]).day == 1).all()


def test_a_file_is_found_by_key_or_alias_and_negative_values_survive(csv_folder: Path) -> None:
    (csv_folder / "Brent_Spot_Daily.csv").write_text("\ufeffDate, Value\n2024-01-02, 75.9\n")
    assert list(get_source("csv").carries()) == ["BRENT", "WTI"]
    assert get_source("csv").fetch(find_instrument("WTI"), "daily")["value"].tolist() == [
        "18.31",
        "-36.98",
    ]


def test_instruments_yml_brings_an_instrument_of_ones_own(csv_folder: Path) -> None:
    (csv_folder / "instruments.yml").write_text(
        "COPPER: {name: Copper, unit: USD/t, calendar: LSE, plausible: [0, 30000]}\n"
    )
    (csv_folder / "copper.csv").write_text("date,value\n2024-01-02,8500\n")
    assert "COPPER" in get_source("csv").carries()
    assert find_instrument("copper").unit == "USD/t"


BROKEN = {
    "no such columns": ("day,price\n2024-01-02,1\n", SourceFormatError, "lacks the column date"),
    "not text": (b"\x00\x01date,\xff", SourceFormatError, "not a readable CSV"),
    "empty": ("", EmptySourceError, "is empty"),
    "header alone": ("date,value\n", EmptySourceError, "no rows"),
    "wrong unit": ("date,value,unit\n2024-01-02,7000,cents/bbl\n", UnitMismatchError, "USD/bbl"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_file_is_one_clear_error(fault: str, csv_folder: Path) -> None:
    content, error, words = BROKEN[fault]
    data = content if isinstance(content, bytes) else content.encode()
    (csv_folder / "wti.csv").write_bytes(data)
    with pytest.raises(error, match=words) as caught:
        get_source("csv").fetch(find_instrument("WTI"), "daily")
    assert "wti.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_files_of_one_instrument_are_refused(csv_folder: Path) -> None:
    (csv_folder / "wti_spot_daily.csv").write_text("date,value\n2024-01-02,1\n")
    with pytest.raises(SettingsError, match="are both WTI"):
        get_source("csv").carries()


@pytest.mark.parametrize(
    ("folder", "words"), [(None, "needs setting WELLHEAD_CSV_DIR"), ("nowhere", "no folder")]
)
def test_a_missing_folder_names_the_setting(
    folder: str | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if folder:
        monkeypatch.setenv("WELLHEAD_CSV_DIR", folder)
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match=words):
        get_source("csv").carries()
    monkeypatch.undo()
    get_settings.cache_clear()


def test_one_broken_source_does_not_break_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOURCES, "broken", "wellhead.ingestion.nowhere:Nothing")
    assert get_source("archive").card.key == "archive"
    with pytest.raises(ModuleNotFoundError):
        get_source("broken")


def test_yahoo_knows_the_front_month_of_every_root() -> None:
    expected = {
        front_month(market).key: (f"{root.code}=F", root.decimals) for market, root in ROOTS.items()
    }
    assert expected == SYMBOLS
