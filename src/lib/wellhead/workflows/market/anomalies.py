"""The unusual days of a commodity, from its stored prices, spreads, volumes and other sources."""

import pandas as pd

from wellhead.analytics.anomalies.report import AnomalyReport, Witnesses, anomaly_report
from wellhead.analytics.anomalies.summary import summary
from wellhead.calendars import DateLike, sessions
from wellhead.catalogue.entries import catalogue
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.database.operations import (
    get_price_data,
    stored_frequencies,
    stored_sources,
)
from wellhead.workflows.market.analysis import Analysis, Known, analysis_of
from wellhead.workflows.market.prices import values_by_day
from wellhead.workflows.market.results import AnomaliesResult, rows
from wellhead.workflows.market.spreads import crack_spreads

_KINDS = ("spot", "front")


def analyse_anomalies(
    instrument: Instrument,
    source: str,
    as_of: DateLike | None = None,
    *,
    save: bool = False,
    code_version: str = "",
) -> Analysis[AnomalyReport]:
    """The unusual days of a commodity by what was known at `as_of`.

    Other sources of the price and sister commodities tell events from errors. With `save` the
    analysis enters the database.
    """
    prices = get_price_data(instrument.key, as_of=as_of, source=source)
    known, spreads = (
        Known(instrument.key, source, prices),
        crack_spreads(instrument, source, as_of),
    )
    analysis = analysis_of(
        "anomalies",
        known,
        lambda: anomaly_report(
            known.by_day,
            instrument.key,
            sessions(instrument.calendar),
            witnesses=_witnesses(instrument, source, as_of),
            spreads={f"{instrument.key} {name}": spreads[name] for name in spreads},
            volumes=prices.set_index("observed_at")["volume"],
        ),
        lambda report: (summary(report, instrument.key), _result(report, known)),
    )
    if save:
        analysis.save(code_version)
    return analysis


def _witnesses(instrument: Instrument, source: str, as_of: DateLike | None) -> Witnesses:
    others = sorted(set(stored_sources(instrument.key)) - {source})
    sources = {name: values_by_day(SeriesKey(instrument.key, name), as_of) for name in others}
    sisters = {
        key: values_by_day(SeriesKey(key, source), as_of) for key in _sisters(instrument, source)
    }
    return Witnesses(pd.DataFrame(sources), pd.DataFrame(sisters))


def _sisters(instrument: Instrument, source: str) -> list[str]:
    """Spot and front-month prices of the source that usually move with an instrument's.

    Oil and its products move together; gas has only prices of the same underlying.
    """
    stored = stored_frequencies(source)
    return [
        key
        for key, entry in catalogue().items()
        if key != instrument.key
        and stored.get(key) == "daily"
        and entry.kind in _KINDS
        and (
            entry.underlying == instrument.underlying or bool(entry.product and instrument.product)
        )
    ]


def _result(report: AnomalyReport, known: Known) -> AnomaliesResult:
    first = known.by_day.index[0]
    window = {"first": first, "last": report.day, "observations": report.prices}
    return AnomaliesResult.model_validate(
        {"window": window, "a_calm_year": report.a_calm_year, "unusual": rows(report.found)}
    )
