"""What a promotion rests on beside the backtests' scores: the incumbent, the ledger, data
and head-to-head comparisons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wellhead.calendars import now, to_utc
from wellhead.catalogue.lookup import Instrument, find_instrument
from wellhead.catalogue.release_rules import newest_due
from wellhead.catalogue.series import SeriesKey
from wellhead.catalogue.targets import Target
from wellhead.database.ledger import read_ledger
from wellhead.database.operations import get_vintages, read_table
from wellhead.errors import NoChampionError
from wellhead.evaluation.scoring.scores import score
from wellhead.evaluation.selection.drift import decay
from wellhead.evaluation.selection.ledger import challenger_origins, track_record, with_outcomes
from wellhead.evaluation.selection.requirements import Standing
from wellhead.ingestion.registry import get_source
from wellhead.tables import BENCHMARK
from wellhead.tracking.registry import champion

Frames = Mapping[str, pd.DataFrame]
"""Model -> rows of its own."""


@dataclass(frozen=True)
class Evidence:
    """What is known of the models of one target now.

    `incumbent`: the champion's model, None where nobody has ever reigned. `standings`: each trained
    model's. `head_to_heads`: scores of the others against the incumbent model on the forecasts
    that both backtests have; none against no-change, against which all scores are. `record`: how
    the ledger has done so far, rows of table `track_records`.
    """

    incumbent: str | None
    standings: Mapping[str, Standing]
    head_to_heads: Frames
    record: pd.DataFrame

    @property
    def watched(self) -> pd.DataFrame:
        """Of `record`, the rows of the incumbent model."""
        return self.record[self.record["model"] == self.incumbent]

    @property
    def decay(self) -> str:
        """Where the incumbent model has decayed, in words; empty if nowhere."""
        incumbent = self.standings.get(self.incumbent or "")
        return incumbent.decay if incumbent else ""


def gather(
    commodity: str,
    target: Target,
    trained: Mapping[str, Mapping[str, Any]],
    backtests: Frames,
    horizons: Sequence[int],
) -> Evidence:
    """The evidence for one target.

    `trained` are the summaries of its models and `backtests` their frames, both by name; `horizons`
    are those that are watched. Only what is known now counts: an outcome that is stored and not yet
    available does not.
    """
    instrument, moment = find_instrument(commodity), now()
    source = next(iter(trained.values()))["source"]
    vintages = get_vintages(SeriesKey(instrument.key, source), moment)
    ledger = read_ledger(instrument.key, target, source, horizons)
    record = track_record(with_outcomes(ledger, vintages, target, instrument.calendar))
    record = record.assign(commodity=instrument.key, target_kind=target.value, source=source)
    origins = ledger.groupby(["model", "made_at"])["recorded_at"].min().reset_index()
    decisions = read_table("promotions", commodity=instrument.key, target_kind=target.value)
    due = _newest_due(instrument, source, vintages["observed_at"].max(), moment)
    standings = {
        name: Standing(
            challenger_origins(origins, decisions, name),
            (due - to_utc(summary["last_observed_at"])).days,
            decay(record[record["model"] == name].set_index("horizon")),
        )
        for name, summary in trained.items()
    }
    incumbent = _incumbent(instrument.key, target)
    of_kind = {name: frame[frame["target_kind"] == target] for name, frame in backtests.items()}
    return Evidence(incumbent, standings, _head_to_heads(incumbent, of_kind, horizons), record)


def _incumbent(commodity: str, target: Target) -> str | None:
    try:
        return champion(commodity, target).model
    except NoChampionError:
        return None


def _newest_due(
    instrument: Instrument, source: str, newest: pd.Timestamp, moment: pd.Timestamp
) -> pd.Timestamp:
    """The day whose price should be the newest: of a file, the newest that it had."""
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
