"""Replay quarantined rows: validate them again, with their corrections, and store what passes.

Rows pass through the same gate and the same writing as a load. They are known from the moment of
the replay: nobody could have known them before. A second replay has nothing left to do.
"""

import uuid
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.database.bars import refresh_bars
from wellhead.database.operations import get_vintages, newest_stored_day
from wellhead.database.server.replica import reading_primary
from wellhead.database.writing import write_rows
from wellhead.errors import NoDataError, ValidationRefusedError
from wellhead.ingestion.base import raw_frame
from wellhead.ingestion.registry import get_source
from wellhead.validation.gate import ValidationResult, require
from wellhead.validation.parsing import parse
from wellhead.workflows.loading.batches import Batch, series_at, validated_batch
from wellhead.workflows.loading.window import SourceAnswer
from wellhead.workflows.quality.quarantine import find_batch, open_rows


@dataclass(frozen=True)
class Replayed:
    """The outcome of replaying one batch's open rows.

    `rows`: one row each: row_number, row (with its corrections), outcome ('stored', 'superseded'
    or 'rejected') and rules (of the rejected). `added` and `revised`: days added, and vintages
    added to known days. `refusal`: why a batch that was refused as a whole is refused again.
    `rules`: the result of each rule, where rows were validated.
    """

    batch_id: str
    series: SeriesKey
    rows: pd.DataFrame
    added: int = 0
    revised: int = 0
    refusal: str | None = None
    rules: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"caught": [], "severity": []})
    )


@reading_primary()
def replay(
    batch_id: str = "",
    commodity: str | None = None,
    source: str | None = None,
    *,
    write: bool = True,
) -> list[Replayed]:
    """Replay the open rows of every batch, or of one whose identifier begins with `batch_id`.

    Of an accepted batch the rows that pass now are stored. A refused batch is validated as a
    whole: without its dismissed rows it must reach the quality target. A row without a correction
    whose day a later load has stored is superseded: it is settled and not stored. With
    `write=False` nothing is stored. Raises NoDataError if the named batch has no open row.
    """
    rows = open_rows(commodity, source).sort_values("fetched_at")
    if batch_id:
        rows = rows[rows["batch_id"] == find_batch(batch_id)]
    if rows.empty and batch_id:
        raise NoDataError(f"no row of batch {batch_id} is open: there is nothing to replay.")
    replayed = [
        _replay(str(batch), part, write) for batch, part in rows.groupby("batch_id", sort=False)
    ]
    if write:
        refresh_bars()
    return replayed


def _replay(batch_id: str, rows: pd.DataFrame, write: bool) -> Replayed:
    """Settle the superseded rows of a batch, load the others again."""
    rows = _with_corrections(rows.sort_values("row_number", ignore_index=True))
    first = rows.iloc[0]
    series = SeriesKey(first["commodity"], first["source"], first["frequency"])
    late = _is_superseded(rows, series)
    superseded, rest = rows[late].assign(outcome="superseded"), rows[~late].reset_index(drop=True)
    loaded = _load(batch_id, rest, series, write) if len(rest) else None
    if write:
        _settle(batch_id, uuid.uuid4().hex, superseded)
    if loaded is None:
        return Replayed(batch_id, series, superseded)
    both = pd.concat([loaded.rows, superseded], ignore_index=True)
    return replace(loaded, rows=both.sort_values("row_number", ignore_index=True))


def _with_corrections(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as the source wrote them, with the cells of a fix replaced."""
    cells = [_corrected(row) for row in rows.to_dict("records")]
    return rows.assign(row=pd.Series(cells, index=rows.index), outcome="rejected", rules="")


def _corrected(row: dict[Any, Any]) -> dict[str, str]:
    """The cells of one row; a fix of a row that fitted no header says which cells it has."""
    if row["status"] != "corrected":
        return dict(row["row"])
    kept = {k: v for k, v in row["row"].items() if k != "as_written"}
    return {**kept, **row["changes"]}


def _is_superseded(rows: pd.DataFrame, series: SeriesKey) -> pd.Series:
    """Rows without a correction whose day was stored after their batch was fetched."""
    nothing = pd.Series(False, index=rows.index)
    try:
        stored = get_vintages(series)
    except NoDataError:
        return nothing
    others = stored[stored["batch_id"] != rows["batch_id"].iloc[0]]
    if others.empty:
        return nothing
    newest = others.groupby("observed_at")["recorded_at"].max()
    recorded = parse(_raw(rows)).rows["observed_at"].map(newest).reindex(rows.index)
    return (recorded > rows["fetched_at"]) & (rows["status"] != "corrected")


def _raw(rows: pd.DataFrame) -> pd.DataFrame:
    return raw_frame(pd.DataFrame(rows["row"].tolist()))


def _load(batch_id: str, rows: pd.DataFrame, key: SeriesKey, write: bool) -> Replayed:
    """Validate the rows as a batch of their own and store what passes."""
    moment, raw = now(), _raw(rows)
    series = series_at(get_source(key.source), find_instrument(key.commodity), key.frequency)
    answer = SourceAnswer(raw, parse(raw))
    batch = validated_batch(answer, series, moment, replay_of=batch_id)
    rows = _with_outcome(rows, batch.result, answer.parsed.rows.index)
    accepted, rules = bool(rows["accepted"].iloc[0]), batch.result.results
    if not accepted and (refusal := _refusal(batch.result, f"the replay of {key}")):
        rejected = rows.assign(outcome="rejected")
        return Replayed(batch_id, key, rejected, refusal=refusal, rules=rules)
    if not write or batch.result.passed.empty:
        return Replayed(batch_id, key, rows, rules=rules)
    added, revised = _known_from(moment, batch, rows, key).write(pd.DataFrame())
    _settle(batch_id, batch.record["batch_id"], rows[rows["outcome"] == "stored"])
    return Replayed(batch_id, key, rows, added, revised, rules=rules)


def _known_from(moment: pd.Timestamp, batch: Batch, rows: pd.DataFrame, key: SeriesKey) -> Batch:
    """The batch with `moment` as available_at of corrected rows, or of all if the series is stored.

    Nobody who has read a stored series since could have known of these rows.
    """
    observations = batch.observations.copy()
    places = batch.answer.parsed.rows.index[observations.index]
    corrected = rows.loc[places, "status"].eq("corrected").to_numpy()
    is_stored = newest_stored_day(key) is not None
    observations.loc[corrected | is_stored, "available_at"] = moment
    return replace(batch, observations=observations)


def _with_outcome(rows: pd.DataFrame, result: ValidationResult, places: pd.Index) -> pd.DataFrame:
    """The rows with outcome and rules.

    `places`: for each validated row its position in `rows`. A row that lists no value is not
    validated, and is rejected.
    """
    caught = result.caught.groupby("row_number")["rule"].agg(", ".join)
    rules = pd.Series(caught.to_numpy(), index=places[caught.index]).reindex(rows.index)
    validated = rows.index.isin(places)
    return rows.assign(
        rules=rules.where(validated, "no value").fillna(""),
        outcome=rules.isna().where(validated, False).map({True: "stored", False: "rejected"}),
    )


def _refusal(result: ValidationResult, subject: str) -> str | None:
    try:
        require(result, subject)
    except ValidationRefusedError as refused:
        return str(refused)
    return None


def _settle(batch_id: str, replay_id: str, rows: pd.DataFrame) -> None:
    """Record that rows are stored or superseded. Rejected rows stay open."""
    settled: dict[str, Any] = {"replay_id": replay_id, "batch_id": batch_id}
    if len(rows):
        write_rows("replays", rows[["row_number", "outcome"]].assign(**settled))
