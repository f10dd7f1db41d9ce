"""The source of a command that names none."""

import pytest

from tests.loads import ingest
from wellhead.catalogue.lookup import find_instrument
from wellhead.errors import NoDataError, UnknownSourceError
from wellhead.settings import Settings, get_settings
from wellhead.workflows.loading import choice
from wellhead.workflows.loading.choice import choose_source
from wellhead.workflows.stored_source import source_to_read

WTI = find_instrument("WTI")


@pytest.fixture
def auto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WELLHEAD_SOURCE", "auto")
    monkeypatch.delenv("FRED_API_KEY", raising=False)
    get_settings.cache_clear()


def _fred_answers(monkeypatch: pytest.MonkeyPatch, fault: str) -> list[str]:
    asked: list[str] = []

    def answer() -> str:
        asked.append("once")
        return fault

    monkeypatch.setattr(choice, "fault_of_fred", answer)
    return asked


def test_auto_is_the_default_of_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WELLHEAD_SOURCE")
    assert Settings(_env_file=None).source == "auto"
    assert Settings(_env_file=None).named_source is None
    assert Settings(_env_file=None, source="csv").named_source == "csv"


@pytest.mark.parametrize("named", [None, "", "auto"])
def test_auto_is_fred_where_it_answers(
    named: str | None, auto: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _fred_answers(monkeypatch, "")
    chosen = choose_source(named)
    assert chosen == ("fred", "Source fred (auto): live prices; FRED answers without a key.")
    assert asked == ["once"]
    monkeypatch.setenv("FRED_API_KEY", "some-key-of-nobody")
    get_settings.cache_clear()
    assert "answers with FRED_API_KEY" in choose_source(named).reason


def test_auto_is_the_archive_where_fred_does_not_answer_and_says_why(
    database: str, auto: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fred_answers(monkeypatch, "fred did not answer within 5 s")
    source, reason = choose_source()
    assert source == "archive"
    assert "no live prices, because fred did not answer within 5 s" in reason
    assert "\n" not in reason


def test_a_day_without_fred_does_not_replace_live_forecasts_by_those_of_2019(
    auto: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fred_answers(monkeypatch, "fred did not answer within 5 s")
    monkeypatch.setattr(choice, "stored_frequencies", {"fred": {"WTI": "daily"}}.get)
    source, reason = choose_source()
    assert source == "fred"
    assert "although fred did not answer within 5 s" in reason


def test_a_source_that_is_named_is_taken_and_fred_is_not_asked(
    auto: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _fred_answers(monkeypatch, "")
    assert choose_source("eia") == ("eia", "")
    with pytest.raises(UnknownSourceError, match="not registered"):
        choose_source("reuters")
    monkeypatch.setenv("WELLHEAD_SOURCE", "csv")
    get_settings.cache_clear()
    assert choose_source() == ("csv", "")
    assert choose_source("auto").source == "fred"  # the command line wins over the setting
    assert asked == ["once"]


def test_what_only_reads_takes_the_freshest_stored_source_and_asks_nobody(
    database: str, auto: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _fred_answers(monkeypatch, "")
    with pytest.raises(NoDataError, match="Load them with `make run`"):
        source_to_read(WTI)
    ingest("WTI", "archive")
    assert source_to_read(WTI) == source_to_read(WTI, "auto") == "archive"
    assert source_to_read(WTI, "fred") == "fred"
    assert asked == []
