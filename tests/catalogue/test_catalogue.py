"""The catalogue: what each instrument states, how a description that is wrong is refused."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from wellhead.calendars import CALENDARS, sessions_between
from wellhead.catalogue.contracts import Contract, parse_contract
from wellhead.catalogue.entries import built_in, catalogue, remember
from wellhead.catalogue.instruments import read_instruments, write_instruments
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.markets import front_month, market_of, strip
from wellhead.catalogue.release_rules import RELEASE_RULES
from wellhead.catalogue.roots import ROOTS
from wellhead.errors import SettingsError, UnitMismatchError, UnknownCommodityError
from wellhead.ingestion.registry import get_source
from wellhead.settings import get_settings

COPPER = "COPPER: {name: Copper, unit: USD/t, calendar: LSE, plausible: [0, 30000]}\n"


@pytest.fixture
def described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The instruments.yml of a CSV folder, with its own `var/`."""
    (tmp_path / "csv").mkdir()
    monkeypatch.setenv("WELLHEAD_CSV_DIR", str(tmp_path / "csv"))
    monkeypatch.setenv("WELLHEAD_VAR_DIR", str(tmp_path / "var"))
    get_settings.cache_clear()
    yield tmp_path / "csv" / "instruments.yml"
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.mark.parametrize("key", built_in())
def test_every_built_in_instrument_states_everything(key: str) -> None:
    instrument = built_in()[key]
    stated = instrument.model_fields_set
    assert {"underlying", "time_zone", "release_lag", "licence", "typical"} <= stated
    assert instrument.calendar in CALENDARS
    assert (instrument.currency == "USD") == ("/" in instrument.unit)
    assert ("unadjusted for rolls" in instrument.name) == (instrument.kind == "front")
    if "MMBtu" not in instrument.unit and instrument.currency:
        assert instrument.product


def test_the_catalogue_holds_what_was_asked_for() -> None:
    strips = {f"{market}_FUTURE_{n}" for market in ("WTI", "HENRY_HUB") for n in range(1, 5)}
    spots = {"WTI", "BRENT", "HENRY_HUB", "GASOLINE", "HEATING_OIL", "ULSD", "JET_FUEL", "PROPANE"}
    macro = {
        "VIX",
        "OVX",
        "SP500",
        "DOLLAR_INDEX",
        "TREASURY_10Y",
        "INDUSTRIAL_PRODUCTION",
        "CONSUMER_PRICES",
        "CRUDE_STOCKS",
        "GAS_STORAGE",
        "WTI_MANAGED_MONEY_NET",
        "HENRY_HUB_MANAGED_MONEY_NET",
    }
    fronts = {f"{market}_FRONT" for market in ROOTS}
    assert strips | spots | macro | fronts == set(built_in())
    assert {built_in()[key].kind for key in strips} == {"settle"}


@pytest.mark.parametrize("source", ["cftc", "eia", "fred", "yahoo"])
def test_no_source_dates_a_figure_before_its_owner_publishes_it(source: str) -> None:
    days = {
        "daily": sessions_between("weekdays", "2023-01-01", "2023-12-31"),
        "weekly": pd.date_range(
            "2023-01-02",
            "2023-12-29",
            freq="W-TUE" if source == "cftc" else "W-FRI",
            tz="UTC",
        ),
        "monthly": pd.date_range("2023-01-01", "2023-12-01", freq="MS", tz="UTC"),
    }
    origin = get_source(source)
    for key, frequencies in origin.carries().items():
        for frequency in frequencies:
            rule = RELEASE_RULES[origin.card.rule(find_instrument(key), frequency)]
            period = days[frequency]
            ends = period + pd.offsets.MonthEnd(1) if frequency == "monthly" else period
            lag = (rule(period).normalize() - ends).days.min()
            assert lag >= find_instrument(key).release_lag[0], (key, frequency)


def test_a_dated_contract_is_made_by_rule() -> None:
    made, front = find_instrument("CLZ26.NYM"), find_instrument("WTI_FRONT")
    assert made == find_instrument("wti_2026_12") == find_instrument("CLZ26")
    assert (made.key, made.kind, made.unit) == ("WTI_2026_12", "contract", front.unit)
    assert made.name == "WTI crude oil, future for December 2026 (CLZ26)"
    assert made.plausible[0] < 0
    assert "WTI_2026_12" not in catalogue()


@pytest.mark.parametrize("market", ROOTS)
def test_every_root_has_its_front_month_in_the_catalogue(market: str) -> None:
    contract = Contract(market, pd.Period("2027-01", "M"))
    instrument = find_instrument(contract.code)
    assert parse_contract(instrument.key) == contract
    front = front_month(market)
    assert (front.key, front.market, front.kind) == (f"{market}_FRONT", market, "front")
    assert (instrument.market, instrument.underlying) == (market, front.underlying)
    assert instrument.kind == "contract"
    assert find_instrument(market).kind == "spot"


def test_the_market_of_an_instrument_is_that_of_its_underlying() -> None:
    names = {"WTI": "WTI", "CLZ26": "WTI", "ULSD": "HEATING_OIL", "BRENT_FRONT": "BRENT"}
    assert {name: market_of(find_instrument(name)) for name in names} == names
    with pytest.raises(UnknownCommodityError, match=r"PROPANE has no futures.*WTI, BRENT"):
        market_of(find_instrument("PROPANE"))


def test_the_strip_is_in_order_and_only_where_eia_has_one() -> None:
    assert [place.place for place in strip("WTI")] == [1, 2, 3, 4]
    assert [place.key for place in strip("WTI")] == [f"WTI_FUTURE_{n}" for n in (1, 2, 3, 4)]
    assert strip("BRENT") == []


def test_a_description_without_market_and_place_stays_valid(described: Path) -> None:
    described.write_text(
        COPPER
        + "WTI_FRONT: {name: My WTI, unit: USD/bbl, calendar: NYMEX, plausible: [-9, 900]}\n"
        + "WTI_FUTURE_1: {name: My first, unit: USD/bbl, calendar: NYMEX, plausible: [-9, 900]}\n"
    )
    assert find_instrument("COPPER").market is None
    assert find_instrument("CLZ26").plausible == (-9, 900)
    assert strip("WTI")[0].name == "My first"


@pytest.mark.parametrize("name", ["PROPANE_2026_12", "ESZ26", "WTI_2026"])
def test_what_is_no_contract_is_refused_with_the_form_of_one(name: str) -> None:
    with pytest.raises(UnknownCommodityError, match=r"is written WTI_2026_12 or CLZ26"):
        find_instrument(name)


BROKEN = {
    "an unknown calendar": ("calendar: LSE", "calendar: MARS", "COPPER, field calendar: 'MARS'"),
    "an unknown unit": ("USD/t", "USD/firkin", "COPPER, field unit: 'USD/firkin'"),
    "bounds upside down": ("[0, 30000]", "[9, 1]", "COPPER, field plausible: .* not .low, high"),
    "not a number": ("[0, 30000]", "[0, lots]", "COPPER, field plausible.1"),
    "typical outside plausible": (
        "[0, 30000]",
        "[0, 30000], typical: [-1, 5]",
        "COPPER, field typical: .* outside plausible",
    ),
    "a zone that is none": ("LSE", "LSE, time_zone: Mars/Base", "COPPER, field time_zone"),
    "a product without heat": ("LSE", "LSE, product: copper", "COPPER, field product"),
    "a market that is none": ("LSE", "LSE, market: COPPER", "COPPER, field market: 'COPPER'"),
    "a field nobody knows": ("LSE", "LSE, colour: red", "COPPER, field colour"),
    "a field left out": ("unit: USD/t, ", "", "COPPER, field unit: Field required"),
    "an alias of two": (
        "30000]}",
        "30000]}\nTIN: {name: Tin, unit: USD/t, calendar: LSE, plausible: [0, 9], "
        "aliases: [Copper]}",
        "TIN, field aliases: 'copper' already names COPPER",
    ),
    "a key that stands twice": ("30000]}", "30000]}\nCOPPER: {}", "COPPER is given twice"),
    "a key with a space": ("COPPER:", "RED METAL:", "'RED METAL' is no key"),
    "a key that ends with a line break": ("COPPER:", '"COPPER\\n":', r"'COPPER\\n' is no key"),
    "a key with a path": ("COPPER:", "../COPPER:", "'../COPPER' is no key"),
    "a key of SQL": ("COPPER:", '"X\'); DROP TABLE a--":', "is no key"),
    "a long key": ("COPPER:", f"{'C' * 33}:", "C… is no key|C…' is no key"),
    "a key that Windows keeps": ("COPPER:", "con:", "CON means something else"),
    "a key that YAML reads as no text": ("COPPER:", "NO:", "FALSE means something else"),
    "a key that pandas reads as no value": ("COPPER:", '"NA":', "NA means something else"),
    "a key of a source": ("COPPER:", "auto:", "AUTO means something else"),
    "the key of the brief": ("COPPER:", "market:", "MARKET means something else"),
    "a key of a contract": ("COPPER:", "CLZ26:", "CLZ26 is written like a dated future"),
    "a key of a contract that is not known": ("COPPER:", "WTI_2099_12:", "like a dated future"),
    "an empty name": ("name: Copper", "name: ' '", "COPPER, field name: ' ' is no line of text"),
    "a long name": (
        "name: Copper",
        f"name: {'c' * 121}",
        "COPPER, field name: .*… is no|c…' is no",
    ),
    "a name of two lines": ("name: Copper", 'name: "a\\nb"', r"field name: 'a\\nb' is no line"),
    "a name that moves the cursor": ("name: Copper", 'name: "\\e[2J"', r"'\\x1b\[2J' is no line"),
    "a name that turns text around": ("name: Copper", 'name: "\\u202E"', r"field name: '\\u202e'"),
    "a licence of two lines": ("LSE", 'LSE, licence: "a\\nb"', "COPPER, field licence"),
    "an alias with a path": ("LSE", "LSE, aliases: [../../etc/passwd]", "field aliases: .*no name"),
    "an alias of points": ("LSE", "LSE, aliases: ['..']", "field aliases: '*..'* is no name of a"),
    "an alias that Windows keeps": ("LSE", "LSE, aliases: [nul.old]", "nul.old means something"),
    "a long alias": (
        "LSE",
        f"LSE, aliases: [{'a' * 65}]",
        "field aliases: .* is no name",
    ),
    "a list": ("COPPER: {", "- {", "does not describe instruments"),
    "no YAML": ("COPPER: {", "COPPER: {[", "does not describe instruments"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_wrong_description_names_file_key_and_field(fault: str, described: Path) -> None:
    old, new, words = BROKEN[fault]
    assert old in COPPER
    described.write_text(COPPER.replace(old, new))
    with pytest.raises(SettingsError, match=words) as caught:
        catalogue()
    assert str(described) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_ones_own_description_cannot_change_the_unit_of_a_built_in_instrument(
    described: Path,
) -> None:
    described.write_text("WTI: {name: x, unit: EUR/bbl, calendar: NYSE, plausible: [-100, 500]}\n")
    with pytest.raises(SettingsError, match="WTI, field unit: WTI is stored in USD/bbl"):
        find_instrument("WTI")


def test_a_built_in_instrument_described_anew_keeps_its_market(described: Path) -> None:
    described.write_text(
        "WTI: {name: Oil, unit: USD/bbl, calendar: NYSE, plausible: [-100, 500]}\n"
        "WTI_FRONT: {name: Future, unit: USD/bbl, calendar: NYSE, plausible: [-100, 500]}\n"
    )
    assert find_instrument("WTI").name == "Oil"
    assert front_month("WTI").key == "WTI_FRONT"
    assert market_of(find_instrument("WTI")) == "WTI"
    assert find_instrument("WTI_2026_12").kind == "contract"


def _forget_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WELLHEAD_CSV_DIR")
    get_settings.cache_clear()


def test_a_remembered_instrument_is_known_without_the_folder(
    described: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described.write_text(COPPER.replace("Copper", "Copper naïve 铜"), encoding="utf-8")
    copper = find_instrument("copper")
    remember(copper)
    remember(copper)
    _forget_the_folder(monkeypatch)
    assert find_instrument("COPPER") == copper
    assert list(read_instruments(get_settings().var / "instruments.yml")) == ["COPPER"]


def test_what_is_not_loaded_is_not_remembered(
    described: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described.write_text(COPPER)
    remember(find_instrument("WTI"))
    remember(find_instrument("WTI_2026_12"))
    _forget_the_folder(monkeypatch)
    with pytest.raises(UnknownCommodityError):
        find_instrument("COPPER")
    assert not (get_settings().var / "instruments.yml").exists()


def test_a_changed_description_is_remembered_anew_but_never_in_another_unit(
    described: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described.write_text(COPPER)
    remember(find_instrument("COPPER"))
    described.write_text(COPPER.replace("30000", "40000"))
    remember(find_instrument("COPPER"))
    assert find_instrument("COPPER").plausible == (0, 40000)
    described.write_text(COPPER.replace("USD/t", "EUR/t"))
    with pytest.raises(UnitMismatchError, match=r"was loaded in USD/t; .* now says EUR/t"):
        remember(find_instrument("COPPER"))
    _forget_the_folder(monkeypatch)
    assert find_instrument("COPPER").unit == "USD/t"
    assert find_instrument("COPPER").plausible == (0, 40000)


def test_a_description_that_cannot_be_written_leaves_the_old_one(
    described: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described.write_text(COPPER + COPPER.replace("COPPER", "TIN"))
    remember(find_instrument("COPPER"))
    kept = (get_settings().var / "instruments.yml").read_bytes()

    def full(*_: object, **__: object) -> int:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="no space"):
        patch.setattr(Path, "write_text", full)
        remember(find_instrument("TIN"))
    assert (get_settings().var / "instruments.yml").read_bytes() == kept
    assert not list(get_settings().var.glob(".instruments*"))


def test_entries_are_written_as_they_are_read(tmp_path: Path) -> None:
    write_instruments(tmp_path / "copy.yml", built_in())
    assert read_instruments(tmp_path / "copy.yml") == built_in()
