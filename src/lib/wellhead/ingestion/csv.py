"""Source `csv`: a folder of files of prices, one instrument a file.

The name of a file is the instrument's key or one of its aliases, in any case: `wti.csv`,
`WTI_Spot_Daily.xlsx` or, for a dated future, `clz26.csv`; or `layout.yml` of the same folder names
the instrument. docs/files.md has the layouts that are read. The file `instruments.yml` of the
folder describes instruments that are not in the catalogue.
"""

import datetime
import hashlib
from pathlib import Path

import pandas as pd

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import Frequency
from wellhead.errors import SettingsError, UnitMismatchError
from wellhead.ingestion.base import Source, SourceCard, raw_frame
from wellhead.ingestion.files.content import read_content
from wellhead.ingestion.files.folder import FolderFiles, folder_files, frequency_of
from wellhead.ingestion.files.layout import FileLayout, layout_of
from wellhead.ingestion.files.read import read_file
from wellhead.settings import get_settings


class CsvFolder(Source):
    """The files of `WELLHEAD_CSV_DIR`. `options`: the layout that a file leaves open."""

    card = SourceCard(
        key="csv",
        title="A folder of CSV or Excel files",
        url="the folder that WELLHEAD_CSV_DIR names",
        licence="as the files' own",
        update="when a file changes",
        revisions="a value that differs from the stored one is a revision, known from now on",
        scheduled=False,
        release_rule={
            "daily": "same-day-close",
            "weekly": "weekly-stocks",
            "monthly": "after-month-end",
        },
    )

    def __init__(self, options: FileLayout | None = None) -> None:
        self._options = options

    def carries(self) -> dict[str, tuple[Frequency, ...]]:
        return {key: (frequency_of(path),) for key, path in _found().files.items()}

    def fetch(
        self, instrument: Instrument, frequency: Frequency, since: datetime.date | None = None
    ) -> pd.DataFrame:
        return raw_frame(read_prices_of(self._path(instrument), instrument, self._options), since)

    def version(self, instrument: Instrument) -> str:
        path = self._path(instrument)
        layout = layout_of(path, self._options)
        described = instrument.model_dump_json() + layout.model_dump_json()
        return hashlib.sha256(read_content(path) + described.encode()).hexdigest()

    def passed_over(self) -> str:
        return _found().hint()

    def _path(self, instrument: Instrument) -> Path:
        self.frequencies(instrument)
        return _found().files[instrument.key]


def read_prices_of(
    path: Path, instrument: Instrument, options: FileLayout | None = None
) -> pd.DataFrame:
    """The rows of a file of one instrument, in its unit; columns RAW_COLUMNS.

    Raises SourceError; UnitMismatchError if the file states another unit than the catalogue.
    """
    rows = read_file(path, layout_of(path, options))
    stated = set(rows["unit"].dropna())
    if stated - {instrument.unit}:
        raise UnitMismatchError(
            f"{path} is in {', '.join(sorted(stated))}; {instrument.key} is kept in "
            f"{instrument.unit}. Convert the file, or correct its unit column."
        )
    return rows.assign(unit=instrument.unit)


def _found() -> FolderFiles:
    folder = get_settings().csv_dir
    if folder is None:
        raise SettingsError(
            "source csv needs setting WELLHEAD_CSV_DIR: the folder of the files, "
            "as in `make run SOURCE=csv WELLHEAD_CSV_DIR=prices`."
        )
    if not folder.is_dir():
        raise SettingsError(f"setting WELLHEAD_CSV_DIR: there is no folder {folder}.")
    return folder_files(folder)
