"""Verb: load one instrument from a source through the validation gate into the database."""

import datetime
import uuid
from dataclasses import dataclass
from time import monotonic
from typing import Any

import pandas as pd

from wellhead.calendars import RELEASE_RULES, now
from wellhead.commodities import Instrument, remember
from wellhead.database.bars import refresh_bars
from wellhead.database.replica import reading_primary
from wellhead.database.writing import write_batch
from wellhead.errors import ValidationRefusedError
from wellhead.ingestion.backfill import resumable
from wellhead.ingestion.base import Frequency, Source
from wellhead.ingestion.registry import get_source
from wellhead.pipeline.window import Came, Request, ask, with_gone_days
from wellhead.validation.gate import Verdict, examine, require

_STORED = ("observed_at", "value", "unit", "open", "high", "low", "volume")


@dataclass(frozen=True)
class Loaded:
    """The outcome of one load: the row of table `batches`, what each rule found, and what came.

    `rows` are the passing rows, as they were or would be stored.
    """

    batch: dict[str, Any]
    rules: pd.DataFrame
    rows: pd.DataFrame
    came: Came
    seconds: float


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
    origin = get_source(source)
    instrument = origin.find(commodity)
    if write:
        remember(instrument)  # before a row is stored: what is stored can be read by its name
    loads = []
    for frequency in origin.frequencies(instrument):
        with resumable():
            request = Request(origin, instrument, frequency, since, full)
            loads.append(_load(request, write))
    if write:
        refresh_bars()
    return loads


def carried(source: str) -> str:
    """The series of a source by key and, where it differs, its code there; for a message."""
    codes = get_source(source).codes()
    return ", ".join(key if key == code else f"{key} ({code})" for key, code in codes.items())


def _load(request: Request, write: bool) -> Loaded:
    fetched_at, began = now(), monotonic()
    origin, instrument, frequency = request.origin, request.instrument, request.frequency
    came = ask(request)
    verdict = _examine(came.prepared.rows, instrument, fetched_at)
    verdict = with_gone_days(verdict, came)
    received, missing = len(came.raw), came.prepared.missing
    batch = _batch(origin, instrument, frequency, fetched_at, received, missing, verdict)
    kept = _observations(verdict, origin, instrument, batch)
    set_aside = _quarantined(verdict, came.raw, came.prepared.rows.index, batch)
    try:
        require(verdict, request.subject)
    except ValidationRefusedError:
        if write:
            write_batch(batch | {"accepted": False}, kept.head(0), set_aside)
        raise
    added, revised = write_batch(batch, kept, set_aside) if write else (0, 0)
    counted = batch | {"rows_added": added, "rows_revised": revised}
    return Loaded(counted, verdict.results, kept, came, monotonic() - began)


def _examine(rows: pd.DataFrame, instrument: Instrument, moment: pd.Timestamp) -> Verdict:
    low, high = instrument.plausible
    typical_low, typical_high = instrument.typical or instrument.plausible
    return examine(
        "observations", rows, low=low, high=high, now=moment,
        typical_low=typical_low, typical_high=typical_high,
    )  # fmt: skip


def _batch(
    origin: Source,
    instrument: Instrument,
    frequency: Frequency,
    fetched_at: pd.Timestamp,
    received: int,
    missing: int,
    verdict: Verdict,
) -> dict[str, Any]:
    found = verdict.results.set_index("rule")[["severity", "checked", "caught"]]
    return {
        "batch_id": uuid.uuid4().hex,
        "commodity": instrument.key,
        "source": origin.card.key,
        "frequency": frequency,
        "fetched_at": fetched_at,
        "accepted": True,
        "quality_score": verdict.score,
        "rows_received": received,
        "rows_missing": missing,
        "rows_quarantined": int(verdict.caught["row_number"].nunique()),
        "rules": found.to_dict("index"),
    }


def _observations(
    verdict: Verdict, origin: Source, instrument: Instrument, batch: dict[str, Any]
) -> pd.DataFrame:
    """The passing rows with their clocks: published when the source says so, else by its rule.

    What is in our hands was available by then.
    """
    rows = verdict.passed[list(_STORED)]
    days = pd.DatetimeIndex(rows["observed_at"]).normalize()
    stated = pd.DatetimeIndex(verdict.passed["published"])
    ruled = RELEASE_RULES[origin.card.rule(instrument, batch["frequency"])](days)
    published = stated.where(stated.notna(), ruled)
    return rows.assign(
        commodity=batch["commodity"],
        source=batch["source"],
        frequency=batch["frequency"],
        observed_at=days,
        available_at=published.where(published <= batch["fetched_at"], batch["fetched_at"]),
        batch_id=batch["batch_id"],
    )


def _quarantined(
    verdict: Verdict, raw: pd.DataFrame, positions: pd.Index, batch: dict[str, Any]
) -> pd.DataFrame:
    """The caught rows as the source wrote them, numbered by their place in its answer."""
    numbers = positions[verdict.caught["row_number"]]
    cells = raw.reset_index(drop=True).loc[numbers].to_dict("records")
    return pd.DataFrame(
        {
            "batch_id": batch["batch_id"],
            "row_number": numbers,
            "rule": verdict.caught["rule"].to_list(),
            "commodity": batch["commodity"],
            "source": batch["source"],
            "row": [{k: str(v) for k, v in row.items() if pd.notna(v)} for row in cells],
        }
    )
