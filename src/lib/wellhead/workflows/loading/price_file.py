"""Prices from files, for work without a database: through the same gate as a load."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instrument
from wellhead.errors import EmptySourceError, InputError, SourceUnavailableError
from wellhead.ingestion.csv import CsvFolder, read_prices_of
from wellhead.ingestion.files.folder import folder_files, frequency_of, instrument_of
from wellhead.ingestion.files.layout import FileLayout, layout_of
from wellhead.ingestion.files.read import read_file
from wellhead.validation.gate import require
from wellhead.validation.observations.sessions import session_advice
from wellhead.validation.parsing import days_listed_empty, parse
from wellhead.workflows.loading.batches import series_at, validated_batch
from wellhead.workflows.loading.window import SourceAnswer

_WIDEST_GAP = 5  # the median number of days from price to price in a daily series, at most
_UNKNOWN = Instrument(
    key="FILE", name="a file", unit="index points", calendar="weekdays", plausible=(-1e300, 1e300)
)


@dataclass(frozen=True)
class PriceFile:
    """A file of prices, and what is said about it.

    `commodity`: what it holds; without it `layout.yml` beside the file, or the file's name, may say
    so. `calendar` replaces the calendar of the instrument; without either, every weekday is a
    session. `layout`: where the file does not say its own.
    """

    path: Path
    commodity: Instrument | None = None
    calendar: str | None = None
    layout: FileLayout | None = None

    @cached_property
    def instrument(self) -> Instrument | None:
        """The entry of the catalogue; None if there is none."""
        key = None if self.commodity else instrument_of(self.path)
        return find_instrument(key) if key else self.commodity

    @property
    def trading_calendar(self) -> str:
        return self.calendar or (self.instrument or _UNKNOWN).calendar


@dataclass(frozen=True)
class FilePrices:
    """The prices of a file that passed the gate.

    `vintages`: columns observed_at, available_at (UTC) and value (signed), in order of days.
    `rules`: the result of each rule. `sessions`: which days are no session, and which calendar
    would fit; empty if all are.
    """

    vintages: pd.DataFrame
    rules: pd.DataFrame
    sessions: str


def read_prices(file: PriceFile) -> FilePrices:
    """The prices of a file, checked by the rules of a load.

    A row that a rule rejects is left out; `rules` counts them. Without an entry in the catalogue
    any value is plausible. A day is known when the file says so, else at its end, or by the release
    rules of source `csv` for files named …weekly or …monthly.

    Raises SourceError for a file that is not there, has no rows or cannot be read, and
    ValidationRefusedError where a load would be refused.
    """
    path, raw = file.path, _raw(file)
    answer = SourceAnswer(raw, parse(raw))
    if answer.parsed.rows.empty:
        raise EmptySourceError(f"{path} has no prices. It needs rows of date,value.")
    entry = (file.instrument or _UNKNOWN).model_copy(update={"calendar": file.trading_calendar})
    series = series_at(CsvFolder(), entry, frequency_of(path))
    listed_empty = days_listed_empty(raw, answer.parsed.rows)
    batch = validated_batch(answer, series, now(), listed_empty)
    require(batch.result, str(path), "No model was run on it.")
    vintages = batch.observations[["observed_at", "available_at", "value"]]
    return FilePrices(
        vintages.sort_values(["observed_at", "available_at"], ignore_index=True),
        batch.result.results,
        session_advice(vintages["observed_at"], series),
    )


def _raw(file: PriceFile) -> pd.DataFrame:
    if not file.path.is_file():
        raise SourceUnavailableError(f"there is no file {file.path}: name a file of date,value.")
    if file.instrument:
        return read_prices_of(file.path, file.instrument, file.layout)
    return read_file(file.path, layout_of(file.path, file.layout)).assign(unit=_UNKNOWN.unit)


def read_daily_prices(file: PriceFile) -> FilePrices:
    """`read_prices` of a daily series. Raises InputError if most working days have no price."""
    prices = read_prices(file)
    gap = prices.vintages["observed_at"].drop_duplicates().diff().dt.days.median()
    if gap > _WIDEST_GAP:
        raise InputError(
            f"{file.path} has a price every {gap:.0f} days. Give daily prices: the averages of "
            "months are computed from them."
        )
    return prices


def read_covariate_files(folder: Path, target: Instrument | None) -> dict[str, pd.DataFrame]:
    """The vintages of the instruments that files of a folder hold, by key."""
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder} of covariates.")
    return {
        key: read_prices(PriceFile(path, find_instrument(key))).vintages
        for key, path in folder_files(folder).files.items()
        if target is None or key != target.key
    }
