"""Verb: load one instrument from one source, through the gate, into the database."""

import datetime
from dataclasses import dataclass
from time import monotonic
from typing import Any

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.entries import remember
from wellhead.database.bars import refresh_bars
from wellhead.database.operations import newest_stored_day
from wellhead.database.server.replica import reading_primary
from wellhead.database.writing import write_batch
from wellhead.errors import InputError, ValidationRefusedError
from wellhead.ingestion.as_written import as_written, days_listed_empty
from wellhead.ingestion.backfill import resumable
from wellhead.ingestion.registry import get_source
from wellhead.validation.gate import ValidationResult, require
from wellhead.validation.observations import validate_observations
from wellhead.validation.series import LoadedSeries
from wellhead.workflows.loading.batches import (
    batch_record,
    dated_observations,
    days_listed_empty_before,
    quarantined,
    series_of,
)
from wellhead.workflows.loading.window import Came, Request, ask, with_gone_days
from wellhead.workflows.quality.quarantine import is_kept, with_the_rest


@dataclass(frozen=True)
class Loaded:
    """The outcome of one load: the row of table `batches`, what each rule found, and what came.

    `rows` are the passing rows, as they were or would be stored. `first`: nothing of the series was
    stored before.
    """

    batch: dict[str, Any]
    rules: pd.DataFrame
    rows: pd.DataFrame
    came: Came
    seconds: float
    first: bool


@reading_primary()
def ingest(
    commodity: str,
    source: str,
    *,
    since: datetime.date | None = None,
    full: bool = False,
    write: bool = True,
) -> list[Loaded]:
    """Load all frequencies of one instrument, by its key or its code there; one batch each.

    A stored series is asked for what is new and for the source's look-back; with `since`, for the
    days from then on; with `full`, for everything. With `write=False` everything is fetched and
    checked and nothing is stored. Raises SourceError, or ValidationRefusedError after recording
    the refused batch and its rows in quarantine.
    """
    if since and full:
        raise InputError("everything, or the days since one: give --full or --since, not both.")
    origin = get_source(source)
    instrument = origin.find(commodity)
    if write:
        remember(instrument)  # before a row is stored: what is stored can be read by its name
    loads = []
    try:
        for frequency in origin.frequencies(instrument):
            with resumable():
                request = Request(origin, instrument, frequency, since, full)
                loads.append(_load(request, write))
    finally:  # one frequency may be stored although the next is refused
        if write:
            refresh_bars()
    return loads


def carried(source: str) -> str:
    """The series of a source by key and, where it differs, its code there; for a message."""
    codes = get_source(source).codes()
    return ", ".join(key if key == code else f"{key} ({code})" for key, code in codes.items())


def _load(request: Request, write: bool) -> Loaded:
    fetched_at, began = now(), monotonic()
    series = series_of(request.origin, request.instrument, request.frequency)
    first = newest_stored_day(series.key) is None
    came = ask(request)
    result = _judge(came, series, fetched_at)
    batch = batch_record(series, fetched_at, came.raw, came.prepared, result)
    kept = dated_observations(result, series, batch)
    try:
        require(result, str(request.series))
    except ValidationRefusedError:
        if write:
            _keep_refused(result, came, batch)
        raise
    set_aside = quarantined(result, came.raw, came.prepared.rows.index, batch)
    added, revised = write_batch(batch, kept, set_aside) if write else (0, 0)
    counted = batch | {"rows_added": added, "rows_revised": revised}
    return Loaded(counted, result.results, kept, came, monotonic() - began, first)


def _judge(came: Came, series: LoadedSeries, moment: pd.Timestamp) -> ValidationResult:
    rows = came.prepared.rows
    empty = days_listed_empty_before(series.instrument.key, series.source, series.frequency)
    empty |= set(days_listed_empty(came.raw, rows))
    result = validate_observations(
        as_written(came.raw, rows), series, moment, history=came.before, listed_empty=empty
    )
    return with_gone_days(result, came)


def _keep_refused(result: ValidationResult, came: Came, batch: dict[str, Any]) -> None:
    """Record the refusal and keep the whole answer in quarantine, once."""
    whole = quarantined(with_the_rest(result), came.raw, came.prepared.rows.index, batch)
    once = whole.head(0) if is_kept(whole, batch) else whole
    write_batch(batch | {"accepted": False}, pd.DataFrame(), once)
