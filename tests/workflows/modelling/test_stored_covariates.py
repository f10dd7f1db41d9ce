"""The covariates that a model reads from the database."""

from pathlib import Path

import pandas as pd
import pytest

from tests.loads import ingest
from wellhead.catalogue.series import SeriesKey
from wellhead.workflows.modelling.covariates import read_covariates


@pytest.mark.parametrize("first", ["brent", "brent_monthly"])
def test_of_several_frequencies_the_finest_is_read(write, folder: Path, first: str) -> None:
    (folder / "instruments.yml").write_text(
        "BRENT: {name: oil, unit: USD/bbl, calendar: LSE, plausible: [-100, 500], "
        "aliases: [brent, brent_monthly]}\n"
    )
    days = pd.bdate_range("2021-03-01", "2021-03-12")
    files = {
        "brent": [f"{day:%Y-%m-%d},64" for day in days],
        "brent_monthly": ["2021-01-01,54", "2021-02-01,62"],
    }
    for name in sorted(files, key=lambda name: name != first):
        write(name, files[name])
        ingest("BRENT", "csv")
        (folder / f"{name}.csv").unlink()  # a folder holds one file of an instrument
    found = read_covariates("arima", SeriesKey("WTI", "csv"))
    assert set(found) == {"BRENT"}
    assert found["BRENT"]["value"].tolist() == [64.0] * len(days)
