"""Loading a CSV folder through the gate: nothing is lost, nothing half-written."""

from pathlib import Path

import pandas as pd
import pytest

from tests.csv_files import write_csv
from tests.loads import ingest
from wellhead.database.operations import get_price_data, read_table
from wellhead.errors import EmptySourceError, ValidationRefusedError
from wellhead.settings import get_settings


def test_the_day_below_zero_passes_from_file_to_query(folder: Path) -> None:
    write_csv(folder, "wti", ["2020-04-17,18.31", "2020-04-20,-36.98", "2020-04-21,8.91"])
    (loaded,) = ingest("WTI", "csv")
    assert loaded.batch["quality_score"] == 1.0
    assert loaded.batch["rows_added"] == 3
    prices = get_price_data("WTI", "2020-04-20", "2020-04-20", source="csv")
    assert prices["value"].tolist() == [-36.98]
    assert str(prices["available_at"].iloc[0]) == "2020-04-20 23:00:00+00:00"


def test_a_bad_row_goes_to_quarantine_as_it_is_written(folder: Path) -> None:
    good = [f"{day:%Y-%m-%d},2.9" for day in pd.bdate_range("2021-01-04", periods=120)]
    write_csv(folder, "henry_hub", [*good, "2021-12-20,about three", "2021-12-21,."])
    (loaded,) = ingest("HENRY_HUB", "csv")
    assert loaded.batch["rows_missing"] == 1
    assert loaded.batch["rows_quarantined"] == 1
    row = read_table("quarantine", batch_id=loaded.batch["batch_id"]).iloc[0]
    assert row["rule"] == "value-is-a-number"
    assert row["row_number"] == len(good)
    assert row["row"]["value"] == "about three"
    assert row["row"]["observed_at"] == "2021-12-20"


def test_a_refused_batch_is_on_record_and_leaves_the_prices_as_they_were(folder: Path) -> None:
    write_csv(folder, "propane", [f"2021-01-{day:02d},0.9" for day in range(1, 29)])
    ingest("PROPANE", "csv")
    before = get_price_data("PROPANE", "2021-01-01").to_csv()
    write_csv(folder, "propane", [f"2021-02-{day:02d},{90 + day}" for day in range(1, 29)])
    with pytest.raises(ValidationRefusedError, match=r"value-is-plausible \(28 rows\)"):
        ingest("PROPANE", "csv")
    assert get_price_data("PROPANE", "2021-01-01").to_csv() == before
    refused = read_table("batches", commodity="PROPANE").query("not accepted")
    assert refused["quality_score"].tolist() == [0.0]
    assert len(read_table("quarantine", commodity="PROPANE")) == 28


def test_a_what_if_stores_nothing(folder: Path) -> None:
    write_csv(folder, "ulsd", ["2021-01-04,1.5"])
    (loaded,) = ingest("ULSD", "csv", write=False)
    assert loaded.batch["rows_received"] == 1
    assert read_table("batches", commodity="ULSD").empty


def test_a_file_of_missing_values_alone_is_an_error(folder: Path) -> None:
    write_csv(folder, "jet_fuel", ["2021-01-04,.", "2021-01-05,"])
    with pytest.raises(EmptySourceError, match=r"JET_FUEL \(daily\) from csv has no value"):
        ingest("JET_FUEL", "csv")


def test_real_prices_to_2025_load_whole(
    folder: Path, shared_prices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLHEAD_CSV_DIR", str(shared_prices))
    get_settings.cache_clear()
    (loaded,) = ingest("WTI", "csv")
    assert loaded.batch["rows_received"] == 9943
    assert loaded.batch["quality_score"] == 1.0
    assert get_price_data("WTI", "2020-04-20", "2020-04-20")["value"].tolist() == [-36.98]
