"""Verb: load one instrument from a source through the validation gate into the database."""

import uuid
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wellhead.calendars import RELEASE_RULES, now
from wellhead.commodities import Instrument, find_instrument
from wellhead.database.writing import write_batch
from wellhead.errors import EmptySourceError, ValidationRefusedError
from wellhead.ingestion.as_written import as_written, days_listed_empty
from wellhead.ingestion.base import Frequency, Source
from wellhead.ingestion.prepare import prepare
from wellhead.ingestion.registry import get_source
from wellhead.pipeline.quarantine import is_kept, with_the_rest
from wellhead.validation.gate import Verdict, require
from wellhead.validation.observations import examine_observations
from wellhead.validation.series import Series

_STORED = ("observed_at", "value", "unit", "open", "high", "low", "volume")


@dataclass(frozen=True)
class Loaded:
    """The outcome of one batch: the row of table `batches`, and what each rule found."""

    batch: dict[str, Any]
    rules: pd.DataFrame


def ingest(commodity: str, source: str, *, write: bool = True) -> list[Loaded]:
    """Load all frequencies of one instrument; one batch each.

    With `write=False` everything is fetched and checked and nothing is stored. Raises SourceError,
    or ValidationRefusedError after recording the refused batch and its rows in quarantine.
    """
    instrument, origin = find_instrument(commodity), get_source(source)
    return [
        _load(origin, instrument, frequency, write) for frequency in origin.frequencies(instrument)
    ]


def _load(origin: Source, instrument: Instrument, frequency: Frequency, write: bool) -> Loaded:
    fetched_at = now()
    raw = origin.fetch(instrument, frequency)
    prepared = prepare(raw, frequency)
    subject = f"{instrument.key} ({frequency}) from {origin.card.key}"
    if prepared.rows.empty:
        raise EmptySourceError(f"{subject} holds no value at all. Nothing was stored.")
    series = series_of(origin, instrument, frequency)
    empty = days_listed_empty(raw, prepared.rows)
    written = as_written(raw, prepared.rows)
    verdict = examine_observations(written, series, fetched_at, listed_empty=empty)
    batch = batch_record(
        origin, instrument, frequency, fetched_at, len(raw), prepared.missing, verdict
    )
    batch |= {"days_missing": {"days": empty}}
    kept = dated_observations(verdict, origin, batch)
    set_aside = _quarantined(verdict, raw, prepared.rows.index, batch)
    try:
        require(verdict, subject)
    except ValidationRefusedError:
        if write:
            whole = _quarantined(with_the_rest(verdict), raw, prepared.rows.index, batch)
            once = whole.head(0) if is_kept(whole, batch) else whole
            write_batch(batch | {"accepted": False}, kept.head(0), once)
        raise
    added, revised = write_batch(batch, kept, set_aside) if write else (0, 0)
    return Loaded(batch | {"rows_added": added, "rows_revised": revised}, verdict.results)


def series_of(origin: Source, instrument: Instrument, frequency: Frequency) -> Series:
    """What a batch is of, as the rules know it."""
    rule = origin.card.release_rule[frequency]
    return Series(instrument, origin.card.key, frequency, rule)


def batch_record(
    origin: Source,
    instrument: Instrument,
    frequency: Frequency,
    fetched_at: pd.Timestamp,
    received: int,
    missing: int,
    verdict: Verdict,
) -> dict[str, Any]:
    found = verdict.results.set_index("rule").drop(columns="reason")
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


def dated_observations(verdict: Verdict, origin: Source, batch: dict[str, Any]) -> pd.DataFrame:
    """The passing rows with their clocks. What is in our hands was available by then."""
    rows = verdict.passed[list(_STORED)]
    days = pd.DatetimeIndex(rows["observed_at"]).normalize()
    published = RELEASE_RULES[origin.card.release_rule[batch["frequency"]]](days)
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
