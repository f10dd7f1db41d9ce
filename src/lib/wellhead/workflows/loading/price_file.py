"""Prices from CSV files, for work without a database."""

from contextlib import suppress
from pathlib import Path

import pandas as pd

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instrument
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
from wellhead.validation.parsing import parse

_WIDEST_GAP = 5  # the median number of days from price to price in a daily series, at most


def read_prices(path: Path) -> pd.DataFrame:
    """The prices of a file `date,value` as vintages, one row a day, in order of days.

    Columns observed_at, available_at (UTC) and value (signed). The days of the file may be in any
    order. A day without a value counts as missing, a day with the same value twice as one. A day is
    known at its end, or by the release rules of source `csv` for files named …weekly or …monthly.

    Raises SourceError for a file that is not there or has no rows, a date that is not YYYY-MM-DD, a
    value that is not a number, or a day with two values.
    """
    if not path.is_file():
        raise SourceUnavailableError(f"there is no file {path}: name a CSV file of date,value.")
    cells = read_cells(path)
    frequency = frequency_of(path)
    rows = parse(raw_frame(cells.rename(columns={"date": "observed_at"}))).rows
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
    """`read_prices` of a daily series. Raises InputError if most working days have no price."""
    prices = read_prices(path)
    gap = prices["observed_at"].diff().dt.days.median()
    if gap > _WIDEST_GAP:
        raise InputError(
            f"{path} has a price every {gap:.0f} days. Give daily prices: the averages of months "
            "are computed from them."
        )
    return prices


def read_covariate_files(folder: Path, target: Instrument | None) -> dict[str, pd.DataFrame]:
    """The vintages of the instruments that files of a folder are named after, by key."""
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder} of covariates.")
    prices: dict[str, pd.DataFrame] = {}
    for path in sorted(folder.glob("*.csv")):
        with suppress(UnknownCommodityError):
            key = find_instrument(path.stem).key
            if target is None or key != target.key:
                prices[key] = read_prices(path)
    return prices


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
