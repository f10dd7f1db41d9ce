"""Which days every stored series lacks, and what explains each of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wellhead.calendars import now, periods_between
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.release_rules import periods_due
from wellhead.catalogue.series import SeriesKey
from wellhead.database.operations import read_prices, stored_spans
from wellhead.errors import UnknownCommodityError
from wellhead.ingestion.registry import SOURCES, get_source
from wellhead.validation.gaps import LISTED_EMPTY, known_gaps, missing_days
from wellhead.workflows.loading.batches import days_listed_empty_before

_SERIES = list(SeriesKey._fields)
_COUNTS = ["first", "last", "due", "values", "missing", "explained", "gaps", "off_calendar", "late"]


@dataclass(frozen=True)
class Completeness:
    """How complete and how fresh the stored series are.

    `series`: one row a series: commodity, source, frequency, first, last, due (periods of its
    calendar in between), values, missing, explained, gaps, off_calendar (values on days its
    calendar has closed), late (periods that should have been published by now; None if the
    source is not registered).

    `missing`: one row a missing day between the first and the last value of a series: commodity,
    source, frequency, day, explanation (the name of an entry of `expectations/known_gaps.yml`,
    LISTED_EMPTY, or "" for a gap) and reason. Holidays of the instrument's calendar are not
    missing.
    """

    series: pd.DataFrame
    missing: pd.DataFrame

    @property
    def gaps(self) -> pd.DataFrame:
        """The missing days that nothing explains."""
        return self.missing[self.missing["explanation"] == ""]


def completeness(commodity: str | None = None, source: str | None = None) -> Completeness:
    """Check every stored series against its calendar, or those of one commodity or source."""
    rows, missing_of_all = [], []
    for series, instrument in _stored_series(commodity, source):
        days = pd.DatetimeIndex(read_prices(series, None, None, now())["observed_at"])
        listed_empty = days_listed_empty_before(series)
        missing = missing_days(days, instrument, series.frequency, listed_empty)
        rows.append({**series._asdict(), **_counts(instrument, series, days, missing)})
        missing_of_all.append(missing.assign(**series._asdict()))
    late = pd.Series([row["late"] for row in rows], dtype=object)  # whole numbers and None
    counted = pd.DataFrame(rows, columns=[*_SERIES, *_COUNTS]).assign(late=late)
    return Completeness(counted, _with_reasons(missing_of_all))


def _counts(
    instrument: Instrument, series: SeriesKey, days: pd.DatetimeIndex, missing: pd.DataFrame
) -> dict[str, Any]:
    due = periods_between(instrument.calendar, series.frequency, days[0], days[-1])
    gaps = int((missing["explanation"] == "").sum())
    return {
        "first": days[0],
        "last": days[-1],
        "due": len(due),
        "values": len(days),
        "missing": len(missing),
        "explained": len(missing) - gaps,
        "gaps": gaps,
        "off_calendar": len(days.difference(due)),
        "late": _late(instrument, series, days[-1]),
    }


def _with_reasons(missing_of_all: list[pd.DataFrame]) -> pd.DataFrame:
    columns = [*_SERIES, "day", "explanation", "reason"]
    if not missing_of_all:
        return pd.DataFrame(columns=columns)
    reasons = {entry.name: entry.reason for entry in known_gaps()}
    reasons |= {LISTED_EMPTY: "The source lists the day without a value."}
    missing = pd.concat(missing_of_all, ignore_index=True)
    return missing.assign(reason=missing["explanation"].map(reasons).fillna(""))[columns]


def _late(instrument: Instrument, series: SeriesKey, newest: pd.Timestamp) -> int | None:
    if series.source not in SOURCES:
        return None
    rule = get_source(series.source).card.rule(instrument, series.frequency)
    return periods_due(instrument.calendar, series.frequency, rule, newest, now())


def _stored_series(
    commodity: str | None, source: str | None
) -> Iterator[tuple[SeriesKey, Instrument]]:
    """The stored series of a commodity and source, each with its instrument.

    A series that only another folder of CSV files describes cannot be checked, and is left out.
    """
    for row in stored_spans(source)[_SERIES].itertuples(index=False):
        series = SeriesKey(*row)
        instrument = _find_or_none(series.commodity)
        if instrument and commodity in (None, series.commodity):
            yield series, instrument


def _find_or_none(key: str) -> Instrument | None:
    try:
        return find_instrument(key)
    except UnknownCommodityError:
        return None
