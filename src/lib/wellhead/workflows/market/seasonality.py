"""The season of a commodity, from its stored prices and stocks."""

from wellhead.analytics.seasonality.report import SeasonalityReport, seasonality_report
from wellhead.analytics.seasonality.storage import StorageSeason
from wellhead.analytics.seasonality.summary import summary
from wellhead.calendars import DateLike
from wellhead.catalogue.entries import built_in
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.database.operations import get_price_data, read_values
from wellhead.workflows.market.analysis import Analysis, Known, analysis_of
from wellhead.workflows.market.results import SeasonalityResult, rows

STOCKS = {"Henry Hub natural gas": "GAS_STORAGE", "WTI crude oil": "CRUDE_STOCKS"}
"""What an instrument is a price of -> the weekly stocks of it."""


def analyse_seasonality(
    instrument: Instrument,
    source: str,
    as_of: DateLike | None = None,
    *,
    save: bool = False,
    code_version: str = "",
) -> Analysis[SeasonalityReport]:
    """The season of a commodity by the prices known at `as_of`, with its stocks where stored.

    With `save` the analysis enters the database.
    """
    known = Known(
        instrument.key, source, get_price_data(instrument.key, as_of=as_of, source=source)
    )
    name = STOCKS.get(instrument.underlying, "")
    stored = read_values(SeriesKey(name, source, "weekly"), as_of)
    stocks = stored.set_index("observed_at")["value"]
    unit = built_in()[name].unit if name else ""
    analysis = analysis_of(
        "seasonality",
        known,
        lambda: seasonality_report(known.by_day, stocks),
        lambda report: (
            summary(report, instrument.key, unit),
            _result(report, known, name, unit),
        ),
        max([known.known_at, *stored["available_at"].tail(1)]),
    )
    if save:
        analysis.save(code_version)
    return analysis


def _result(report: SeasonalityReport, known: Known, name: str, unit: str) -> SeasonalityResult:
    found = report.season
    window = {"first": report.first, "last": report.day, "observations": len(known.by_day)}
    return SeasonalityResult.model_validate(
        {
            **vars(found),
            "window": window,
            "is_found": found.is_found,
            "was_of_use": found.was_of_use,
            "months": rows(report.months),
            "weekdays": rows(report.weekdays),
            "weeks": rows(report.weeks),
            "storage": report.storage and _storage(report.storage, name, unit),
        }
    )


def _storage(storage: StorageSeason, name: str, unit: str) -> dict[str, object]:
    fields = {**vars(storage), "weeks": rows(storage.weeks), "surplus": storage.surplus}
    return {**fields, "series": name, "unit": unit}
