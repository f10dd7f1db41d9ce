"""Prices from one CSV file, for work that needs no database."""

from contextlib import suppress
from pathlib import Path

import pandas as pd

from wellhead.catalogue.lookup import Instrument, find_instrument
from wellhead.catalogue.release_rules import RELEASE_RULES
from wellhead.errors import (
    EmptySourceError,
    InputError,
    SourceFormatError,
    SourceUnavailableError,
    UnknownCommodityError,
)
from wellhead.ingestion.base import raw_frame
from wellhead.ingestion.csv import CsvFolder, frequency_of, read_cells
from wellhead.ingestion.prepare import prepare

_WIDEST_GAP = 5  # days between neighbours, in the median, of a daily series


def read_prices(path: Path) -> pd.DataFrame:
    """A file of `date,value` as vintages: observed_at, available_at, value; in order of days.

    Days may be missing, and stand in any order; a day without a value is a missing day; a day
    that stands twice with one value counts once. Prices are signed. A day is known at its end, or
    by the release rules of source `csv` for files named …weekly or …monthly.

    Raises SourceError: for a file that is not there or has no rows, for a date that is not
    YYYY-MM-DD, a value that is not a number, and a day with two values.
    """
    if not path.is_file():
        raise SourceUnavailableError(f"there is no file {path}: name a CSV file of date,value.")
    cells = read_cells(path)
    frequency = frequency_of(path)
    rows = prepare(raw_frame(cells.rename(columns={"date": "observed_at"})), frequency).rows
    if rows.empty:
        raise EmptySourceError(f"{path} has no prices. It needs rows of date,value.")
    _require_readable(rows, cells, path)
    days = rows.drop_duplicates(["observed_at", "value"]).sort_values("observed_at")
    twice = days["observed_at"].duplicated()
    if twice.any():
        day = days["observed_at"][twice].iloc[0].date()
        raise SourceFormatError(f"{path} has two values for {day}: keep one of them.")
    observed = pd.DatetimeIndex(days["observed_at"])
    known = RELEASE_RULES[CsvFolder.card.release_rule[frequency]](observed)
    values = days["value"].to_numpy(dtype=float)
    return pd.DataFrame({"observed_at": observed, "available_at": known, "value": values})


def read_daily_prices(path: Path) -> pd.DataFrame:
    """`read_prices` of a series that has a price on most working days; InputError if it is not."""
    prices = read_prices(path)
    gap = prices["observed_at"].diff().dt.days.median()
    if gap > _WIDEST_GAP:
        raise InputError(
            f"{path} has a price every {gap:.0f} days: give daily prices; averages of months are "
            "made from them."
        )
    return prices


def read_covariate_files(folder: Path, but: Instrument | None) -> dict[str, pd.DataFrame]:
    """The instruments of a folder of CSV files, found by the files' names: key -> vintages."""
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder} of covariates.")
    found: dict[str, pd.DataFrame] = {}
    for path in sorted(folder.glob("*.csv")):
        with suppress(UnknownCommodityError):
            key = find_instrument(path.stem).key
            if but is None or key != but.key:
                found[key] = read_prices(path)
    return found


def _require_readable(rows: pd.DataFrame, cells: pd.DataFrame, path: Path) -> None:
    for column, cell, form in (
        ("observed_at", "date", "a date: write it as YYYY-MM-DD"),
        ("value", "value", "a number"),
    ):
        bad = rows[rows[column].isna()]
        if len(bad):
            row = bad.index[0]
            more = f", and {len(bad) - 1} more rows" if len(bad) > 1 else ""
            raise SourceFormatError(
                f"{path}, row {row + 1}{more}: {cell} {cells[cell].iloc[row]!r} is not {form}."
            )
