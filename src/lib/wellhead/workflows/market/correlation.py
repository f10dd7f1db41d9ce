"""How a commodity moves with the other stored series of a source."""

from collections.abc import Mapping

import pandas as pd

from wellhead.analytics.correlation.report import CorrelationReport, correlation_report
from wellhead.analytics.correlation.summary import summary
from wellhead.calendars import DateLike, end_of_day
from wellhead.catalogue.entries import catalogue
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.database.operations import get_price_data, read_values, stored_frequencies
from wellhead.workflows.market.analysis import Analysis, Known, analysis_of
from wellhead.workflows.market.results import CorrelationResult, rows

RELATIONS = {
    "WTI and Brent": ("WTI", "BRENT"),
    "Gasoline and WTI": ("GASOLINE", "WTI"),
    "Heating oil and WTI": ("HEATING_OIL", "WTI"),
    "The 3-2-1 crack": ("WTI", "GASOLINE", "HEATING_OIL"),
}
"""Prices that one expects to share a trend; front months as well (`_relations`)."""
_LEFT_OUT = ("contract", "settle")  # dated futures come and go, and the strip jumps at each expiry


def analyse_correlation(
    instrument: Instrument,
    source: str,
    as_of: DateLike | None = None,
    *,
    save: bool = False,
    code_version: str = "",
) -> Analysis[CorrelationReport]:
    """The correlations of a commodity with every daily series of the source, as known at `as_of`.

    With `save` the analysis enters the database.
    """
    frames = _stored_prices(instrument, source, as_of)
    known = Known(instrument.key, source, frames[instrument.key])
    others = {key: _closes_later(instrument, key) for key in frames if key != instrument.key}
    prices = {key: frame.set_index("observed_at")["value"] for key, frame in frames.items()}
    analysis = analysis_of(
        "correlation",
        known,
        lambda: correlation_report(
            pd.DataFrame(prices), instrument.key, _relations(instrument.key)
        ),
        lambda report: (summary(report, instrument.key, others), _result(report, others)),
        max(frame["available_at"].max() for frame in frames.values()),
    )
    if save:
        analysis.save(code_version)
    return analysis


def _stored_prices(
    instrument: Instrument, source: str, as_of: DateLike | None
) -> dict[str, pd.DataFrame]:
    """The commodity, then the other daily series of the source in the order of the catalogue."""
    stored, known = stored_frequencies(source), catalogue()
    keys = [
        key
        for key, entry in known.items()
        if stored.get(key) == "daily" and entry.kind not in _LEFT_OUT and key != instrument.key
    ]
    others = {key: read_values(SeriesKey(key, source), as_of) for key in keys}
    own = get_price_data(instrument.key, as_of=as_of, source=source)
    return {instrument.key: own, **{key: each for key, each in others.items() if len(each)}}


def _closes_later(instrument: Instrument, other: str) -> bool:
    """Whether the day of another series ends after that of the commodity."""
    day = pd.DatetimeIndex(["2020-01-15"], tz="UTC")
    zones = catalogue()[other].time_zone, instrument.time_zone
    theirs, own = (end_of_day(day, zone)[0] for zone in zones)
    return bool(theirs > own)


def _relations(key: str) -> dict[str, tuple[str, ...]]:
    """The relations of a commodity, between spot prices or between front months."""
    ending = "_FRONT" if key.endswith("_FRONT") else ""
    named = {
        name: tuple(f"{each}{ending}" for each in columns) for name, columns in RELATIONS.items()
    }
    return {name: columns for name, columns in named.items() if key in columns}


def _result(report: CorrelationReport, closes_later: Mapping[str, bool]) -> CorrelationResult:
    leads = [
        {**row, "closes_later": closes_later.get(row["series"], False)}
        for row in rows(report.leads)
    ]
    return CorrelationResult.model_validate(
        {
            "pairs": rows(report.pairs),
            "leads": leads,
            "breaks": rows(report.breaks),
            "clusters": rows(report.clusters),
            "relations": [
                {"name": name, **vars(relation)} for name, relation in report.relations.items()
            ],
        }
    )
