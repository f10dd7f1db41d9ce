"""The curve from the database: loaded by the real commands, as of any moment, on the page."""

from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import papermill
import pytest
from typer.testing import CliRunner

from tests.csv_files import write_csv
from tests.loads import ingest, load_curve
from tests.paths import ROOT
from wellhead.calendars import sessions_between
from wellhead.catalogue.contracts import Contract, tradable_contracts
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.markets import market_of
from wellhead.cli import app
from wellhead.database.curves import curve_digest
from wellhead.errors import NoDataError, UnknownCommodityError
from wellhead.workflows.market.curve import curve, curve_if_stored
from wellhead.workflows.market.spreads import crack_spreads, oil_and_gas

WTI = find_instrument("WTI")
DAYS = ["2020-04-17", "2020-04-20", "2020-04-21"]
SETTLES = {
    "clk20": [18.27, -37.63, 10.01],
    "clm20": [25.03, 20.43, 11.57],
    "WTI_2020_07": [29.42, 26.28, 18.69],
}


def _write(folder: Path, name: str, days: list[str], values: list[float]) -> None:
    rows = [f"{day},{value}" for day, value in zip(days, values, strict=True)]
    write_csv(folder, name, rows)


@pytest.fixture
def settles(folder: Path) -> Path:
    for name, values in SETTLES.items():
        _write(folder, name, DAYS, values)
        ingest(name, "csv")
    return folder


def test_the_curve_of_the_day_below_zero(settles: Path) -> None:
    found = curve(WTI, "2020-04-20")
    assert found.quotes["price"].tolist() == [-37.63, 20.43, 26.28]
    assert found.quotes["expiry"].iloc[0] == pd.Timestamp("2020-04-21", tz="UTC")
    assert (found.shape, found.source, found.absent) == ("contango", "csv", ())
    assert curve(find_instrument("CLN20"), "2020-04-20").quotes.equals(found.quotes)
    assert curve(WTI).day == pd.Timestamp("2020-04-21", tz="UTC")


def test_a_curve_is_pinned_by_its_as_of(settles: Path) -> None:
    noon = curve(WTI, as_of="2020-04-21 12:00")
    assert noon.day == pd.Timestamp("2020-04-20", tz="UTC")
    moment = pd.Timestamp.now(tz="UTC")
    before = curve(WTI, "2020-04-20", moment)
    _write(settles, "clm20", DAYS, [25.03, 21.00, 11.57])
    (loaded,) = ingest("clm20", "csv")
    assert loaded.batch["rows_revised"] == 1
    assert curve(WTI, "2020-04-20").quotes["price"].tolist() == [
        -37.63,
        21.00,
        26.28,
    ]
    again = curve(WTI, "2020-04-20", moment)
    pd.testing.assert_frame_equal(again.quotes, before.quotes)


def test_a_contract_without_a_quote_that_day_is_counted_and_not_filled(settles: Path) -> None:
    _write(settles, "clq20", DAYS[:1], [31.5])
    ingest("clq20", "csv")
    found = curve(WTI, "2020-04-20")
    assert found.absent == ("WTI_2020_08",)
    assert set(found.quotes["observed_at"]) == {pd.Timestamp("2020-04-20", tz="UTC")}
    assert curve(WTI, "2020-04-17").absent == ()


def test_the_strip_of_eia_makes_the_same_curve(folder: Path) -> None:
    for place, values in enumerate(SETTLES.values(), start=1):
        _write(folder, f"wti_future_{place}", DAYS, values)
        ingest(f"WTI_FUTURE_{place}", "csv")
    found = curve(WTI, "2020-04-21")
    assert found.quotes["code"].tolist() == ["CLK20", "CLM20", "CLN20"]
    assert found.quotes["price"].tolist() == [10.01, 11.57, 18.69]


def test_a_missing_curve_is_an_error_that_says_what_to_load(settles: Path) -> None:
    with pytest.raises(NoDataError, match=r"of 2020-04-18 are stored.*wellhead curve WTI --load"):
        curve(WTI, "2020-04-18")
    with pytest.raises(NoDataError, match="WTI futures are stored"):
        curve(WTI, source="yahoo")
    with pytest.raises(UnknownCommodityError, match=r"PROPANE has no futures"):
        curve(find_instrument("PROPANE"))
    assert curve_if_stored(find_instrument("PROPANE")) is None
    assert curve_if_stored(find_instrument("BRENT")) is None
    assert market_of(find_instrument("ULSD")) == "HEATING_OIL"


def test_the_digest_follows_the_contracts_of_the_market_alone(settles: Path) -> None:
    before = curve_digest("WTI", "csv"), curve_digest("BRENT", "csv")
    ingest("clk20", "csv")
    assert (curve_digest("WTI", "csv"), curve_digest("BRENT", "csv")) == before
    _write(settles, "bzn20", DAYS, [28.08, 25.57, 19.33])
    ingest("bzn20", "csv")
    assert curve_digest("WTI", "csv") == before[0]
    assert curve_digest("BRENT", "csv") != before[1]


def test_a_contract_that_cannot_be_loaded_does_not_stop_the_others(folder: Path) -> None:
    for name, values in SETTLES.items():
        _write(folder, name, DAYS, values)
    (folder / "clm20.csv").write_text("date,value\n")
    outcome = load_curve("WTI", "csv")
    assert list(outcome.loaded) == ["WTI_2020_05", "WTI_2020_07"]
    assert "no rows" in outcome.failed["WTI_2020_06"]
    found = curve(WTI, "2020-04-20")
    assert found.absent == ("WTI_2020_06",)


def _series(folder: Path, name: str, base: float, spread: float, days: list[str]) -> None:
    """A random walk around a level, the same each time, that may go below zero."""
    random = np.random.default_rng(len(name))
    values = base + spread * np.cumsum(random.normal(size=len(days))) / len(days) ** 0.5
    _write(folder, name, days, values.round(4).tolist())
    ingest(name, "csv")


@pytest.mark.slow
def test_the_market_page_shows_spreads_and_curve_where_the_data_are(folder: Path) -> None:
    days = [str(day.date()) for day in sessions_between("NYSE", "2017-06-01", "2020-04-20")]
    for name, base, spread in (
        ("wti", 60, 10),
        ("gasoline", 1.8, 0.2),
        ("heating_oil", 1.9, 0.2),
        ("henry_hub", 2.8, 0.3),
    ):
        _series(folder, name, base, spread, days)
    for contract, price in zip(
        tradable_contracts("WTI", days[-1], 3), [-37.63, 20.43, 26.28], strict=True
    ):
        _write(folder, contract.key, days[-1:], [price])
        ingest(contract.key, "csv")
    cracks, energy = (
        crack_spreads(WTI, "csv"),
        oil_and_gas(WTI, "csv"),
    )
    assert list(cracks) == ["gasoline crack", "heating oil crack", "3-2-1 crack"]
    assert len(cracks) == len(energy) == len(days)
    assert crack_spreads(find_instrument("GASOLINE"), "csv").empty
    made = folder / "market.ipynb"
    papermill.execute_notebook(
        str(ROOT / "notebooks/analytics/market.ipynb"),
        str(made),
        progress_bar=False,
        parameters={"commodity": "WTI", "source": "csv"},
    )
    shown = "".join(str(cell.get("outputs")) for cell in nbformat.read(made, 4).cells)
    assert "contango" in shown
    assert "absent: 0" in shown
    assert "3-2-1 crack, USD/bbl" in shown
    assert "-37.63" in shown
    assert "WTI, 2020-04-20" in shown


def test_a_contract_is_read_by_any_of_its_names(settles: Path) -> None:
    from wellhead.database.operations import get_price_data

    key = Contract("WTI", pd.Period("2020-05", "M")).key
    for name in (key, "CLK20", "clk20.nym"):
        prices = get_price_data(name, "2020-04-20", "2020-04-20")
        assert prices["value"].tolist() == [-37.63]
        assert set(prices["commodity"]) == {key}
    assert find_instrument("CLK20").plausible[0] < -37.63


def test_the_command_line_loads_and_shows_a_curve(folder: Path) -> None:
    for name, values in SETTLES.items():
        _write(folder, name, DAYS, values)
    shown = CliRunner().invoke(
        app, ["curve", "wti", "--date", "2020-04-20", "--source", "csv", "--load"]
    )
    assert shown.exit_code == 0, shown.output
    assert "WTI_2020_06: 3 rows, 3 new, 0 revised." in shown.output
    for word in ("contango", "CLK20", "-37.63", "+58.06", "2020-04-21", "-239.0%"):
        assert word in shown.output


def test_the_command_line_ends_with_an_error_if_a_contract_failed(folder: Path) -> None:
    _write(folder, "clk20", DAYS, SETTLES["clk20"])
    (folder / "clm20.csv").write_text("date,value\n")
    shown = CliRunner().invoke(app, ["curve", "WTI", "--source", "csv", "--load"])
    assert shown.exit_code == 1
    assert "WTI_2020_06: " in shown.output
    assert "one contract" in shown.output
