"""Verb: put quarantined rows through the gate again, with the corrections that were made.

Rows go through the same gate and the same writing as a load. They become known from now on:
nobody could have known them before. A second replay finds nothing left to do.
"""

import uuid
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.database.bars import refresh_bars
from wellhead.database.operations import get_vintages, newest_stored_day
from wellhead.database.server.replica import reading_primary
from wellhead.database.writing import write_batch, write_rows
from wellhead.errors import NoDataError, ValidationRefusedError
from wellhead.ingestion.as_written import as_written
from wellhead.ingestion.base import raw_frame
from wellhead.ingestion.prepare import prepare
from wellhead.ingestion.registry import get_source
from wellhead.validation.gate import ValidationResult, require
from wellhead.validation.observations import validate_observations
from wellhead.workflows.loading.batches import batch_record, dated_observations, series_of
from wellhead.workflows.quality.quarantine import find_batch, open_rows


@dataclass(frozen=True)
class Replayed:
    """What became of one batch's open rows.

    `rows`: one row each: row_number, row (with its corrections), outcome ('stored', 'superseded'
    or 'rejected') and rules (of those still rejected). `refusal` says why a batch that had been
    refused as a whole is refused again.
    """

    batch_id: str
    series: str
    rows: pd.DataFrame
    added: int = 0
    revised: int = 0
    refusal: str | None = None


@reading_primary()
def replay(
    batch_id: str = "",
    commodity: str | None = None,
    source: str | None = None,
    *,
    write: bool = True,
) -> list[Replayed]:
    """Replay the open rows of every batch, or of those whose identifier begins with `batch_id`.

    A batch that was accepted gives the rows that pass now. One that was refused is judged as a
    whole: without its dismissed rows it must reach the quality target. A row that nobody has
    corrected and whose day a later load has brought is superseded: it is settled and not stored.
    With `write=False` nothing is stored. Raises NoDataError if the named batch has no open row.
    """
    rows = open_rows(commodity, source)
    rows = rows.sort_values("fetched_at")
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
    """Settle what is superseded, judge the rest, store what passes."""
    rows = _with_corrections(rows.sort_values("row_number", ignore_index=True))
    late = _superseded(rows)
    superseded, rest = rows[late].assign(outcome="superseded"), rows[~late].reset_index(drop=True)
    series = (
        f"{rows['commodity'].iloc[0]} ({rows['frequency'].iloc[0]}) from {rows['source'].iloc[0]}"
    )
    judged = _judge_and_store(batch_id, rest, series, write) if len(rest) else None
    if write:
        _settle(batch_id, uuid.uuid4().hex, superseded)
    if judged is None:
        return Replayed(batch_id, series, superseded)
    both = pd.concat([judged.rows, superseded], ignore_index=True)
    return replace(judged, rows=both.sort_values("row_number", ignore_index=True))


def _with_corrections(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as they came, with the cells of a fix replaced."""
    cells = [
        {**row["row"], **(row["changes"] if row["status"] == "corrected" else {})}
        for row in rows.to_dict("records")
    ]
    return rows.assign(row=pd.Series(cells, index=rows.index), outcome="rejected", rules="")


def _superseded(rows: pd.DataFrame) -> pd.Series:
    """Rows without a correction whose day was stored after their batch was fetched."""
    first = rows.iloc[0]
    prepared = prepare(_raw(rows), first["frequency"]).rows
    try:
        stored = get_vintages(SeriesKey(first["commodity"], first["source"], first["frequency"]))
    except NoDataError:
        return pd.Series(False, index=rows.index)
    others = stored[stored["batch_id"] != first["batch_id"]]
    if others.empty:
        return pd.Series(False, index=rows.index)
    newest = others.groupby("observed_at")["recorded_at"].max()
    recorded = prepared["observed_at"].map(newest).reindex(rows.index)
    return (recorded > rows["fetched_at"]) & (rows["status"] != "corrected")


def _raw(rows: pd.DataFrame) -> pd.DataFrame:
    return raw_frame(pd.DataFrame(rows["row"].tolist()))


def _judge_and_store(batch_id: str, rows: pd.DataFrame, series: str, write: bool) -> Replayed:
    first, moment, raw = rows.iloc[0], now(), _raw(rows)
    origin, instrument = get_source(first["source"]), find_instrument(first["commodity"])
    of = series_of(origin, instrument, first["frequency"])
    prepared = prepare(raw, first["frequency"])
    result = validate_observations(as_written(raw, prepared.rows), of, moment)
    rows = _with_outcome(rows, result, prepared.rows.index)
    if not first["accepted"] and (refusal := _refusal(result, f"the replay of {series}")):
        return Replayed(batch_id, series, rows.assign(outcome="rejected"), refusal=refusal)
    if not write or result.passed.empty:
        return Replayed(batch_id, series, rows)
    batch = batch_record(of, moment, raw, prepared, result) | {"replay_of": batch_id}
    kept = dated_observations(result, of, batch)
    corrected = rows.loc[prepared.rows.index[kept.index], "status"].eq("corrected").to_numpy()
    stored = newest_stored_day(of.key) is not None
    # Nobody who has read a stored series since could have known of any of them.
    kept.loc[corrected | stored, "available_at"] = moment
    added, revised = write_batch(batch, kept, pd.DataFrame())
    _settle(batch_id, batch["batch_id"], rows[rows["outcome"] == "stored"])
    return Replayed(batch_id, series, rows, added, revised)


def _with_outcome(rows: pd.DataFrame, result: ValidationResult, places: pd.Index) -> pd.DataFrame:
    """`places` says which row each judged row is; a row left without a value was not judged."""
    caught = result.caught.groupby("row_number")["rule"].agg(", ".join)
    rules = pd.Series(caught.to_numpy(), index=places[caught.index]).reindex(rows.index)
    judged = rows.index.isin(places)
    return rows.assign(
        rules=rules.where(judged, "no value").fillna(""),
        outcome=rules.isna().where(judged, False).map({True: "stored", False: "rejected"}),
    )


def _refusal(result: ValidationResult, subject: str) -> str | None:
    try:
        require(result, subject)
    except ValidationRefusedError as refused:
        return str(refused)
    return None


def _settle(batch_id: str, replay_id: str, rows: pd.DataFrame) -> None:
    """Record that rows are stored or superseded; what is still rejected stays open."""
    settled: dict[str, Any] = {"replay_id": replay_id, "batch_id": batch_id}
    if len(rows):
        write_rows("replays", rows[["row_number", "outcome"]].assign(**settled))
