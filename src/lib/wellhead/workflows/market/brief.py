"""The market brief of all commodities of a source, from what is stored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

import pandas as pd

from wellhead.analytics.brief.coming import coming_sentence
from wellhead.analytics.brief.sentences import (
    Evidence,
    Move,
    Record,
    Sentence,
    move_sentence,
    newest_move,
    shortened,
    skill_sentence,
    spread_sentence,
    volatility_sentence,
)
from wellhead.analytics.volatility.report import MONTH
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instruments
from wellhead.catalogue.series import SeriesKey
from wellhead.catalogue.targets import Target
from wellhead.database.operations import get_price_data
from wellhead.database.serving.champions import newest_decision, newest_track_records
from wellhead.errors import NoDataError
from wellhead.evaluation.selection.attribution import PARTS, sentence
from wellhead.workflows.market.analysis import MARKET, Analysis, StoredAnalysis, stored_analyses
from wellhead.workflows.market.prices import values_by_day
from wellhead.workflows.market.results import AnomaliesResult, BriefResult, VolatilityResult
from wellhead.workflows.market.spreads import crack_spreads

_A_MONTH = pd.Timedelta(days=30)


def write_brief(
    commodities: Sequence[str],
    source: str,
    changes: Mapping[str, str] | None = None,
    *,
    save: bool = False,
    code_version: str = "",
) -> Analysis[list[Sentence]]:
    """At most six sentences on the commodities, from the newest prices and stored analyses.

    `changes`: commodity -> the file that `explain_changes` wrote. With `save` the brief enters the
    database. What comes is told from the moment at which the newest price became known. Raises
    NoDataError where no prices are stored.
    """
    instruments = find_instruments(commodities)
    prices = {each.key: get_price_data(each.key, source=source) for each in instruments}
    known_at = max(frame["available_at"].max() for frame in prices.values())
    candidates = [
        *_of_prices(instruments, source, prices),
        _forecast_change(instruments, changes or {}),
        skill_sentence([record for each in instruments for record in _records(each, source)]),
        coming_sentence(known_at, instruments),
    ]
    last = max(frame["observed_at"].max() for frame in prices.values())
    brief = _brief(source, known_at, last, shortened(candidates))
    if save:
        brief.save(code_version)
    return brief


def _brief(
    source: str, known_at: pd.Timestamp, last: pd.Timestamp, sentences: list[Sentence]
) -> Analysis[list[Sentence]]:
    return Analysis(
        commodity=MARKET,
        kind="brief",
        source=source,
        known_at=known_at,
        last_observed_at=last,
        summary=" ".join(each.text for each in sentences) or "No news.",
        report=sentences,
        result=BriefResult.model_validate({"sentences": [asdict(each) for each in sentences]}),
    )


def _of_prices(
    instruments: Sequence[Instrument], source: str, prices: Mapping[str, pd.DataFrame]
) -> Iterator[Sentence | None]:
    analyses = {each.key: _analyses(each, source) for each in instruments}
    yield _wrong_data(analyses, prices)
    yield move_sentence(_moves(instruments, prices))
    yield spread_sentence(_spreads(instruments, source))
    yield _volatility(analyses)


def _analyses(instrument: Instrument, source: str) -> dict[str, StoredAnalysis]:
    try:
        return {each.kind: each for each in stored_analyses(instrument.key, source=source)}
    except NoDataError:
        return {}


def _moves(instruments: Sequence[Instrument], prices: Mapping[str, pd.DataFrame]) -> list[Move]:
    moves = (
        newest_move(
            each.key,
            each.unit,
            prices[each.key].set_index("observed_at")["value"],
            _sessions_known_last(prices[each.key]),
        )
        for each in instruments
    )
    return [move for move in moves if move is not None]


def _sessions_known_last(prices: pd.DataFrame) -> int:
    """The newest days in a row that became known at the same moment; a revision is none."""
    is_newest = prices["available_at"] == prices["available_at"].max()
    return max(1, int(is_newest[::-1].cummin().sum())) if not is_newest.all() else 1


def _spreads(instruments: Sequence[Instrument], source: str) -> dict[str, "pd.Series[float]"]:
    spreads: dict[str, pd.Series[float]] = {}
    for each in instruments:
        cracks = crack_spreads(each, source)
        spreads |= {f"{name} of {each.key}": cracks[name] for name in cracks}
    if {"WTI", "BRENT"} <= {each.key for each in instruments}:
        difference = values_by_day(SeriesKey("WTI", source)) - values_by_day(
            SeriesKey("BRENT", source)
        )
        spreads["spread of WTI over Brent"] = difference
    return spreads


def _wrong_data(
    analyses: Mapping[str, Mapping[str, StoredAnalysis]], prices: Mapping[str, pd.DataFrame]
) -> Sentence | None:
    """A newest price that may be wrong."""
    for key, of_kind in analyses.items():
        result = of_kind["anomalies"].result if "anomalies" in of_kind else None
        if not isinstance(result, AnomaliesResult):
            continue
        since = prices[key]["observed_at"].iloc[-_sessions_known_last(prices[key])].date()
        for day in reversed(result.unusual):
            if day.series == key and day.day >= since and day.verdict != "market event":
                because = f" ({day.because})" if day.because else ""
                text = f"A price of {key} may be wrong: {day.reason}{because}"
                moment = pd.Timestamp(day.day, tz="UTC")
                numbers = {"usual_moves": float(day.size or 0)}
                return Sentence("anomaly", text, [Evidence(key, numbers, moment, moment)])
    return None


def _volatility(analyses: Mapping[str, Mapping[str, StoredAnalysis]]) -> Sentence | None:
    forecasts, newest = {}, None
    for key, of_kind in analyses.items():
        stored = of_kind.get("volatility")
        if stored is None or not isinstance(stored.result, VolatilityResult):
            continue
        (month,) = (each for each in stored.result.forecasts if each.horizon == MONTH)
        if month.share_below is not None:
            forecasts[key] = month.volatility, month.share_below
            newest = max(newest or stored.last_observed_at, stored.last_observed_at)
    return None if newest is None else volatility_sentence(forecasts, pd.Timestamp(newest))


def _forecast_change(
    instruments: Sequence[Instrument], files: Mapping[str, str]
) -> Sentence | None:
    """Why the champion's forecast for a month ahead changed; of the price where it did most."""
    changes = [
        change
        for each in instruments
        if each.key in files
        for change in _changed(pd.read_parquet(files[each.key]), each)
    ]
    return max(changes, key=lambda each: each[0])[1] if changes else None


def _changed(frame: pd.DataFrame, instrument: Instrument) -> Iterator[tuple[float, Sentence]]:
    decision = newest_decision(instrument.key, Target.DAILY)
    own = frame[frame["target_kind"] == Target.DAILY.value]
    own = own[own["model_version"] == (decision.model_version if decision else None)]
    if own.empty:
        return
    ahead = (own["target_at"] - own["made_at"] - _A_MONTH).abs()
    row = own.iloc[int(ahead.to_numpy().argmin())]
    moved = float(row["after"] - row["before"])
    if round(moved, 2) == 0:
        return
    day = row["target_at"]
    text = sentence(row, f"{instrument.key} on {day.day} {day:%B %Y}", instrument.unit)
    numbers = {name: float(row[name]) for name in ("before", "after", *PARTS)}
    evidence = Evidence(instrument.key, numbers, row["previous_made_at"], row["made_at"])
    share = abs(moved / row["before"]) if row["before"] else 0.0
    yield share, Sentence("forecast", text, [evidence])


def _records(instrument: Instrument, source: str) -> Iterator[Record]:
    for target in Target:
        decision = newest_decision(instrument.key, target)
        if decision is None:
            continue
        for row in newest_track_records(instrument.key, target, source, decision.model):
            yield Record(
                name=instrument.key,
                model=row.model,
                horizon=row.horizon,
                step=target.step,
                outcomes=row.outcomes,
                coverage_80=row.coverage_80,
                mspe_ratio=float("nan") if row.mspe_ratio is None else row.mspe_ratio,
                alarm=row.alarm,
                known_at=pd.Timestamp(row.known_at),
            )
