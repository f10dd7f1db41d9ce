"""A folder of files: which are read, and what is said of the others."""

from pathlib import Path

import pytest

from wellhead.catalogue.lookup import find_instrument
from wellhead.errors import SettingsError, UnknownSourceError
from wellhead.ingestion.files.layout import FileLayout
from wellhead.ingestion.registry import get_source
from wellhead.workflows.loading.sources import find_at_source, list_carried

PLAIN = "date,value\n2024-01-02,70\n"


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text(PLAIN)


@pytest.mark.parametrize("name", ["WTI.CSV", "wti_spot_daily.Csv", "Wti.TSV", "wti.XLS"])
def test_an_extension_counts_in_any_case(name: str, csv_folder: Path) -> None:
    put(csv_folder, name)
    assert list(get_source("csv").carries()) == ["WTI"]
    rows = get_source("csv").fetch(find_instrument("WTI"), "daily")
    assert rows["value"].tolist() == ["70"]


def test_files_passed_over_are_named_with_the_reason_and_the_remedy(csv_folder: Path) -> None:
    put(csv_folder, "DCOILWTICO.csv", "WTI Spot Daily.csv", "wti.json", ".hidden.csv")
    with pytest.raises(UnknownSourceError) as nothing:
        get_source("csv").frequencies(find_instrument("WTI"))
    for message in (str(nothing.value), list_carried("csv")):
        assert "nothing. Passed over: 'DCOILWTICO.csv', 'WTI Spot Daily.csv'" in message
        assert "(no instrument has this name)" in message
        assert "'wti.json' (not .csv, .tsv, .xls, .xlsx)" in message
        assert "as wti.csv, or say in layout.yml beside it" in message
        assert "hidden" not in message


def test_of_many_files_passed_over_a_few_are_named(csv_folder: Path) -> None:
    put(csv_folder, "wti.csv", *(f"copy {i}.csv" for i in range(20)))
    assert list_carried("csv").startswith("WTI. Passed over: 'copy 0.csv', ")
    assert "'copy 13.csv' and 14 more (no instrument" in list_carried("csv")


def test_the_layout_file_names_the_instrument_of_a_file(csv_folder: Path) -> None:
    put(csv_folder, "Crude Oil Futures.csv", "brent.csv")
    (csv_folder / "layout.yml").write_text(
        "Crude Oil Futures.csv: {instrument: wti_front}\nbrent.csv: {instrument: WTI}\n"
    )
    assert list(get_source("csv").carries()) == ["WTI_FRONT", "WTI"]


def test_two_files_of_one_instrument_are_refused_whatever_their_names(csv_folder: Path) -> None:
    put(csv_folder, "WTI.CSV", "prices.csv")
    (csv_folder / "layout.yml").write_text("prices.csv: {instrument: WTI}\n")
    with pytest.raises(SettingsError, match=r"are both WTI\. Keep one of them"):
        get_source("csv").carries()


def test_an_instrument_that_does_not_exist_is_an_error_of_the_layout(csv_folder: Path) -> None:
    put(csv_folder, "prices.csv")
    (csv_folder / "layout.yml").write_text("prices.csv: {instrument: GOLD}\n")
    with pytest.raises(SettingsError, match=r"layout\.yml: instrument: commodity 'GOLD' is not"):
        get_source("csv").carries()


def test_the_version_changes_with_the_file_and_with_what_is_said_about_it(
    csv_folder: Path,
) -> None:
    put(csv_folder, "wti.csv")
    instrument = find_instrument("WTI")
    versions = [get_source("csv").version(instrument)]
    (csv_folder / "layout.yml").write_text("wti.csv: {decimal: .}\n")
    versions.append(get_source("csv").version(instrument))
    versions.append(find_at_source("WTI", "csv", FileLayout(decimal=","))[1].version(instrument))
    (csv_folder / "wti.csv").write_text(PLAIN + "2024-01-03,71\n")
    versions.append(get_source("csv").version(instrument))
    assert len(set(versions)) == 4
