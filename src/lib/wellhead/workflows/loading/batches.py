"""From a result to what is stored of a load: its record, its observations, its quarantine."""

import uuid
from typing import Any

import pandas as pd

from wellhead.catalogue.lookup import Instrument
from wellhead.catalogue.release_rules import RELEASE_RULES
from wellhead.catalogue.series import Frequency
from wellhead.database.operations import read_table
from wellhead.ingestion.as_written import days_listed_empty
from wellhead.ingestion.base import Source
from wellhead.ingestion.prepare import Prepared
from wellhead.validation.gate import ValidationResult
from wellhead.validation.series import LoadedSeries

_STORED = ("observed_at", "value", "unit", "open", "high", "low", "volume")


def series_of(origin: Source, instrument: Instrument, frequency: Frequency) -> LoadedSeries:
    """What a batch is of, as the rules know it."""
    return LoadedSeries(
        instrument, origin.card.key, frequency, origin.card.rule(instrument, frequency)
    )


def batch_record(
    series: LoadedSeries,
    fetched_at: pd.Timestamp,
    raw: pd.DataFrame,
    prepared: Prepared,
    result: ValidationResult,
) -> dict[str, Any]:
    """The row of table `batches`, less what only the write can count."""
    found = result.results.set_index("rule").drop(columns="reason")
    return {
        "batch_id": uuid.uuid4().hex,
        "commodity": series.instrument.key,
        "source": series.source,
        "frequency": series.frequency,
        "fetched_at": fetched_at,
        "accepted": True,
        "quality_score": result.score,
        "rows_received": len(raw),
        "rows_missing": prepared.missing,
        "days_missing": {"days": days_listed_empty(raw, prepared.rows)},
        "rows_quarantined": int(result.caught["row_number"].nunique()),
        "rules": found.to_dict("index"),
    }


def days_listed_empty_before(commodity: str, source: str, frequency: str) -> set[str]:
    """The days that any accepted load of a series listed without a value."""
    series = {"commodity": commodity, "source": source, "frequency": frequency}
    batches = read_table("batches", **series, accepted=True)
    return {day for listed in batches["days_missing"].dropna() for day in listed["days"]}


def dated_observations(
    result: ValidationResult, series: LoadedSeries, batch: dict[str, Any]
) -> pd.DataFrame:
    """The passing rows with their clocks: published when the source says so, else by its rule.

    What is in our hands was available by then.
    """
    rows = result.passed[list(_STORED)]
    days = pd.DatetimeIndex(rows["observed_at"]).normalize()
    stated = pd.DatetimeIndex(result.passed["published"])
    published = stated.where(stated.notna(), RELEASE_RULES[series.release_rule](days))
    return rows.assign(
        commodity=batch["commodity"],
        source=batch["source"],
        frequency=batch["frequency"],
        observed_at=days,
        available_at=published.where(published <= batch["fetched_at"], batch["fetched_at"]),
        batch_id=batch["batch_id"],
    )


def quarantined(
    result: ValidationResult, raw: pd.DataFrame, positions: pd.Index, batch: dict[str, Any]
) -> pd.DataFrame:
    """The caught rows as the source wrote them, numbered by their place in its answer."""
    numbers = positions[result.caught["row_number"]]
    cells = raw.reset_index(drop=True).loc[numbers].to_dict("records")
    return pd.DataFrame(
        {
            "batch_id": batch["batch_id"],
            "row_number": numbers,
            "rule": result.caught["rule"].to_list(),
            "commodity": batch["commodity"],
            "source": batch["source"],
            "row": [{k: str(v) for k, v in row.items() if pd.notna(v)} for row in cells],
        }
    )
