"""Source `csv`: a folder of files with the columns `date,value`, one instrument a file.

The name of a file is the instrument's key or one of its aliases, in any case: `wti.csv`,
`wti_spot_daily.csv` or, for a dated future, `clz26.csv`. Optional columns: unit, open, high, low,
volume. The file `instruments.yml` of the same folder describes instruments that are not in the
catalogue.
"""

import datetime
import hashlib
import io
from pathlib import Path

import pandas as pd

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import Frequency
from wellhead.errors import (
    EmptySourceError,
    SettingsError,
    SourceFormatError,
    SourceUnavailableError,
    UnitMismatchError,
    UnknownCommodityError,
)
from wellhead.ingestion.base import RAW_COLUMNS, Source, SourceCard, raw_frame
from wellhead.settings import get_settings

_FREQUENCY_WORDS: tuple[Frequency, ...] = ("weekly", "monthly")


class CsvFolder(Source):
    """The files of `WELLHEAD_CSV_DIR`."""

    card = SourceCard(
        key="csv",
        title="A folder of CSV files",
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

    def carries(self) -> dict[str, tuple[Frequency, ...]]:
        return {key: (frequency_of(path),) for key, path in _files().items()}

    def fetch(
        self, instrument: Instrument, frequency: Frequency, since: datetime.date | None = None
    ) -> pd.DataFrame:
        self.frequencies(instrument)
        path = _files()[instrument.key]
        rows = read_cells(path)
        if rows.empty:
            raise EmptySourceError(f"{path} has a header but no rows. Put the series back into it.")
        rows = rows.assign(unit=_checked_unit(rows, path, instrument))
        return raw_frame(rows.rename(columns={"date": "observed_at"}), since)

    def version(self, instrument: Instrument) -> str:
        self.frequencies(instrument)
        content = _content(_files()[instrument.key])
        return hashlib.sha256(content + instrument.model_dump_json().encode()).hexdigest()


def _folder() -> Path:
    folder = get_settings().csv_dir
    if folder is None:
        raise SettingsError(
            "source csv needs setting WELLHEAD_CSV_DIR: the folder of the files, "
            "as in `make run SOURCE=csv WELLHEAD_CSV_DIR=prices`."
        )
    if not folder.is_dir():
        raise SettingsError(f"setting WELLHEAD_CSV_DIR: there is no folder {folder}.")
    return folder


def _files() -> dict[str, Path]:
    """The files of the folder by catalogue key; files of unknown instruments are left out."""
    files: dict[str, Path] = {}
    for path in sorted(_folder().glob("*.csv")):
        key = _instrument_of(path)
        if key in files:
            raise SettingsError(f"{path} and {files[key]} are both {key}. Keep one of them.")
        if key:
            files[key] = path
    return files


def _instrument_of(path: Path) -> str | None:
    try:
        return find_instrument(path.stem).key
    except UnknownCommodityError:
        return None


def frequency_of(path: Path) -> Frequency:
    """The frequency in a file's name (…weekly, …monthly); any other file is daily."""
    words = path.stem.lower().split("_")
    return next((word for word in _FREQUENCY_WORDS if word in words), "daily")


def read_cells(path: Path) -> pd.DataFrame:
    """The cells of a file as text, so that a bad cell spoils its row and not the file.

    Columns date and value, and those of RAW_COLUMNS that the file has. Raises SourceError.
    """
    rows = read_columns(path, ("date", "value"))
    return rows[[name for name in rows if name in (*RAW_COLUMNS[1:], "date")]]


def read_columns(path: Path, needed: tuple[str, ...]) -> pd.DataFrame:
    """All cells of a CSV file as text, under its header in lower case.

    Raises SourceError, also if one of the columns `needed` is missing.
    """
    first_line = ",".join(needed)
    try:
        rows = pd.read_csv(
            io.BytesIO(_content(path)),
            dtype=str,
            skipinitialspace=True,
            encoding="utf-8-sig",
            index_col=False,
        )
    except pd.errors.EmptyDataError as error:
        raise EmptySourceError(f"{path} is empty. It needs the columns {first_line}.") from error
    except (UnicodeDecodeError, pd.errors.ParserError) as error:
        reason = " ".join(str(error).split())
        raise SourceFormatError(f"{path} is not a readable CSV file: {reason}.") from error
    rows = rows.rename(columns=lambda name: str(name).strip().lower())
    if rows.columns.duplicated().any():
        raise SourceFormatError(f"{path} has a column twice: {', '.join(rows.columns)}.")
    if missing := set(needed) - set(rows.columns):
        raise SourceFormatError(
            f"{path} lacks the column {' and '.join(sorted(missing))}; it has "
            f"{', '.join(rows.columns)}. The first line must read {first_line}."
        )
    return rows


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceUnavailableError(f"{path} cannot be opened: {error.strerror}.") from error


def _checked_unit(rows: pd.DataFrame, path: Path, instrument: Instrument) -> str:
    """The catalogue's unit. Raises UnitMismatchError if the file states another."""
    stated = set(rows["unit"].dropna().str.strip()) if "unit" in rows else set()
    if stated - {instrument.unit}:
        raise UnitMismatchError(
            f"{path} is in {', '.join(sorted(stated))}; {instrument.key} is kept in "
            f"{instrument.unit}. Convert the file, or correct its unit column."
        )
    return instrument.unit
