"""The evidence for a promotion besides the backtests' scores: incumbent, ledger, age of the data,
head-to-head comparisons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wellhead.calendars import now, to_utc
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.release_rules import newest_due
from wellhead.catalogue.series import SeriesKey
from wellhead.catalogue.targets import Target
from wellhead.database.ledger import read_ledger
from wellhead.database.operations import get_vintages
from wellhead.errors import NoChampionError
from wellhead.evaluation.scoring.scores import score
from wellhead.evaluation.selection.drift import decay
from wellhead.evaluation.selection.requirements import Standing
from wellhead.evaluation.selection.track_record import (
    challenger_origins,
    track_record,
    with_outcomes,
)
from wellhead.ingestion.registry import get_source
from wellhead.tables import BENCHMARK
from wellhead.tracking.registry import champion
from wellhead.workflows.champions.decisions import read_decisions

Frames = Mapping[str, pd.DataFrame]
"""Model -> its rows."""


@dataclass(frozen=True)
class Evidence:
    """What is known now about the models of one target.

    `incumbent`: the champion's model; None before the first promotion. `standings`: the standing of
    each trained model. `head_to_heads`: scores of the other models against the incumbent, on the
    forecasts that both backtests have; empty if the incumbent is no-change, against which all
    scores are. `record`: how the ledger's forecasts have done, rows of table `track_records`.
    """

    incumbent: str | None
    standings: Mapping[str, Standing]
    head_to_heads: Frames
    record: pd.DataFrame

    @property
    def incumbent_record(self) -> pd.DataFrame:
        """The rows of `record` of the incumbent."""
        return self.record[self.record["model"] == self.incumbent]

    @property
    def decay(self) -> str:
        """Where the incumbent has decayed, in words; empty if nowhere."""
        standing = self.standings.get(self.incumbent or "")
        return standing.decay if standing else ""


def gather_evidence(
    instrument: Instrument,
    target: Target,
    trained: Mapping[str, Mapping[str, Any]],
    backtests: Frames,
    horizons: Sequence[int],
) -> Evidence:
    """The evidence for one target of a commodity.

    `trained` maps each model to its summary, `backtests` to its frame; `horizons` are those whose
    forecasts in the ledger count. Only what is available now counts: an outcome that is stored but
    not yet available does not.
    """
    key, moment = instrument.key, now()
    source = next(iter(trained.values()))["source"]
    vintages = get_vintages(SeriesKey(key, source), moment)
    ledger = read_ledger(key, target, source, horizons)
    record = track_record(with_outcomes(ledger, vintages, target, instrument.calendar))
    record = record.assign(commodity=key, target_kind=target.value, source=source)
    due = _newest_due(instrument, source, vintages["observed_at"].max(), moment)
    incumbent = _incumbent(key, target)
    frames = {name: frame[frame["target_kind"] == target] for name, frame in backtests.items()}
    return Evidence(
        incumbent,
        _standings(key, target, trained, ledger, record, due),
        _head_to_heads(incumbent, frames, horizons),
        record,
    )


def _standings(
    key: str,
    target: Target,
    trained: Mapping[str, Mapping[str, Any]],
    ledger: pd.DataFrame,
    record: pd.DataFrame,
    due: pd.Timestamp,
) -> dict[str, Standing]:
    origins = ledger.groupby(["model", "made_at"])["recorded_at"].min().reset_index()
    decisions = read_decisions(key, target)
    return {
        name: Standing(
            challenger_origins(origins, decisions, name),
            (due - to_utc(summary["last_observed_at"])).days,
            decay(record[record["model"] == name].set_index("horizon")),
        )
        for name, summary in trained.items()
    }


def _incumbent(key: str, target: Target) -> str | None:
    try:
        return champion(key, target).model
    except NoChampionError:
        return None


def _newest_due(
    instrument: Instrument, source: str, newest: pd.Timestamp, moment: pd.Timestamp
) -> pd.Timestamp:
    """The day of the newest price that should be known; for files, the newest they have."""
    card = get_source(source).card
    if not card.scheduled:
        return newest
    rule = card.rule(instrument, "daily")
    return newest_due(instrument.calendar, "daily", rule, newest, moment)


def _head_to_heads(incumbent: str | None, backtests: Frames, horizons: Sequence[int]) -> Frames:
    if incumbent in (None, BENCHMARK) or incumbent not in backtests:
        return {}
    ahead = [horizon for horizon in horizons if horizon > 0]
    return {
        name: score(frame, backtests[incumbent], ahead, excluding=None)
        for name, frame in backtests.items()
        if name not in (incumbent, BENCHMARK)
    }
