"""From an answer to a batch: validated, dated, recorded. Loads and replays both pass here."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.release_rules import RELEASE_RULES
from wellhead.catalogue.series import Frequency, SeriesKey
from wellhead.database.operations import read_table
from wellhead.database.writing import write_batch
from wellhead.ingestion.base import Source
from wellhead.validation.gate import ValidationResult
from wellhead.validation.observations.series import LoadedSeries
from wellhead.validation.observations.validate import validate_observations
from wellhead.validation.parsing import days_listed_empty
from wellhead.workflows.loading.window import SourceAnswer

_OBSERVED = ("observed", "examples")
_STORED = ("observed_at", "value", "unit", "open", "high", "low", "volume")


@dataclass(frozen=True)
class Batch:
    """A validated answer. Nothing of it is stored before `write`.

    `record`: the row of table `batches`, less the counts of the write. `observations`: the passing
    rows as they are stored.
    """

    answer: SourceAnswer
    result: ValidationResult
    record: dict[str, Any]
    observations: pd.DataFrame

    def quarantined(self, caught: pd.DataFrame) -> pd.DataFrame:
        """Rows of table `quarantine` for `caught`, one row a (row_number, rule).

        The cells are as the source wrote them; row_number becomes the place in its answer.
        """
        numbers = self.answer.parsed.rows.index[caught["row_number"]]
        cells = self.answer.raw.reset_index(drop=True).loc[numbers].to_dict("records")
        return pd.DataFrame(
            {
                "batch_id": self.record["batch_id"],
                "row_number": numbers,
                "rule": caught["rule"].to_list(),
                "commodity": self.record["commodity"],
                "source": self.record["source"],
                "row": [{k: str(v) for k, v in row.items() if pd.notna(v)} for row in cells],
            }
        )

    def write(self, quarantine: pd.DataFrame) -> tuple[int, int]:
        """Store the observations and the quarantine; returns (days added, days revised)."""
        return write_batch(self.record, self.observations, quarantine)


def validated_batch(
    answer: SourceAnswer,
    series: LoadedSeries,
    moment: pd.Timestamp,
    listed_empty: Iterable[str] = (),
    replay_of: str | None = None,
) -> Batch:
    """Validate and date an answer that was fetched at `moment`.

    `listed_empty` are days (YYYY-MM-DD) that the source lists without a value. `replay_of` is the
    batch whose quarantined rows are replayed.
    """
    raw, parsed = answer.raw, answer.parsed
    result = validate_observations(raw, parsed, series, moment, answer.stored, listed_empty)
    record = _record(series.key, answer, result, moment)
    if replay_of is not None:
        record["replay_of"] = replay_of
    return Batch(answer, result, record, _dated(result, series, record))


def _record(
    series: SeriesKey, answer: SourceAnswer, result: ValidationResult, moment: pd.Timestamp
) -> dict[str, Any]:
    rules = result.results.set_index("rule")[["severity", "checked", "caught", *_OBSERVED]]
    return {
        "batch_id": uuid.uuid4().hex,
        **series._asdict(),
        "fetched_at": moment,
        "accepted": True,
        "quality_score": result.score,
        "rows_received": len(answer.raw),
        "rows_missing": answer.parsed.missing,
        "days_missing": {"days": days_listed_empty(answer.raw, answer.parsed.rows)},
        "rows_quarantined": int(result.caught["row_number"].nunique()),
        "rules": rules.to_dict("index"),
    }


def _dated(result: ValidationResult, series: LoadedSeries, record: dict[str, Any]) -> pd.DataFrame:
    """The passing rows with their clocks.

    A row is available from the publication that the source states, else from the one that its
    release rule gives, and at the latest from the moment it was fetched.
    """
    rows = result.passed[list(_STORED)]
    days = pd.DatetimeIndex(rows["observed_at"]).normalize()
    stated = pd.DatetimeIndex(result.passed["published"])
    published = stated.where(stated.notna(), RELEASE_RULES[series.release_rule](days))
    fetched_at = record["fetched_at"]
    return rows.assign(
        **series.key._asdict(),
        observed_at=days,
        available_at=published.where(published <= fetched_at, fetched_at),
        batch_id=record["batch_id"],
    )


def series_at(source: Source, instrument: Instrument, frequency: Frequency) -> LoadedSeries:
    """The series of an instrument at a source, with its release rule."""
    rule = source.card.rule(instrument, frequency)
    return LoadedSeries(instrument, source.card.key, frequency, rule)


def days_listed_empty_before(series: SeriesKey) -> set[str]:
    """The days that any accepted load of a series listed without a value."""
    batches = read_table("batches", **series._asdict(), accepted=True)
    return {day for listed in batches["days_missing"].dropna() for day in listed["days"]}
