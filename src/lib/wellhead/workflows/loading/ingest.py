"""Load one instrument from one source, through the gate, into the database."""

import datetime
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.entries import remember
from wellhead.catalogue.instruments import Instrument
from wellhead.database.bars import refresh_bars
from wellhead.database.operations import newest_stored_day
from wellhead.database.server.replica import reading_primary
from wellhead.errors import InputError, ValidationRefusedError
from wellhead.ingestion.backfill import resumable
from wellhead.ingestion.base import Source
from wellhead.validation.gate import require
from wellhead.validation.parsing import days_listed_empty
from wellhead.workflows.loading.batches import (
    Batch,
    days_listed_empty_before,
    series_at,
    validated_batch,
)
from wellhead.workflows.loading.window import Request, SourceAnswer, ask
from wellhead.workflows.quality.quarantine import caught_with_batch, is_kept


@dataclass(frozen=True)
class Loaded:
    """The outcome of one load.

    `batch`: the row of table `batches`. `rules`: the result of each rule. `rows`: the passing rows,
    as they are stored or, in a dry run, would be. `first`: nothing of the series was stored before.
    """

    batch: dict[str, Any]
    rules: pd.DataFrame
    rows: pd.DataFrame
    answer: SourceAnswer
    seconds: float
    first: bool


@reading_primary()
def ingest(
    instrument: Instrument,
    source: Source,
    *,
    since: datetime.date | None = None,
    full: bool = False,
    write: bool = True,
) -> list[Loaded]:
    """Load all frequencies of one instrument from a source; one batch each.

    For a series that is stored, a load asks for what is new and for the source's look-back; with
    `since`, for the days from then on; with `full`, for everything. With `write=False` everything
    is fetched and validated, and nothing is stored.

    Raises SourceError, InputError for `since` with `full`, or ValidationRefusedError; the refused
    batch is then recorded, and its rows are in quarantine.
    """
    if since and full:
        raise InputError("give --full (everything) or --since (the days since one), not both.")
    if write:
        remember(instrument)  # before a row is stored: what is stored can be read by its name
    loads = []
    try:
        for frequency in source.frequencies(instrument):
            with resumable():
                series = series_at(source, instrument, frequency)
                loads.append(_load(Request(source, series, since, full), write))
    finally:  # one frequency may be stored although the next is refused
        if write:
            refresh_bars()
    return loads


def _load(request: Request, write: bool) -> Loaded:
    fetched_at, began = now(), monotonic()
    first = newest_stored_day(request.key) is None
    answer = ask(request)
    listed_empty = days_listed_empty_before(request.key)
    listed_empty |= set(days_listed_empty(answer.raw, answer.parsed.rows))
    batch = validated_batch(answer, request.series, fetched_at, listed_empty)
    try:
        require(batch.result, str(request.key))
    except ValidationRefusedError:
        if write:
            _keep_refused(batch)
        raise
    added, revised = batch.write(batch.quarantined(batch.result.caught)) if write else (0, 0)
    record = batch.record | {"rows_added": added, "rows_revised": revised}
    seconds = monotonic() - began
    return Loaded(record, batch.result.results, batch.observations, answer, seconds, first)


def _keep_refused(batch: Batch) -> None:
    """Record the refusal, and keep the whole answer in quarantine, once."""
    rows = batch.quarantined(caught_with_batch(batch.result))
    once = rows.head(0) if is_kept(rows, batch.record) else rows
    refused = replace(batch, record=batch.record | {"accepted": False}, observations=pd.DataFrame())
    refused.write(once)
