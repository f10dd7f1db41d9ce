"""The days that a load asks a source for, and the answer."""

import datetime
from dataclasses import dataclass, field

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.series import SeriesKey
from wellhead.database.operations import newest_stored_day, read_prices
from wellhead.errors import EmptySourceError, LostDaysError, NoDataError
from wellhead.ingestion.base import Source
from wellhead.validation.observations.series import LoadedSeries, StoredDays
from wellhead.validation.parsing import Parsed, parse

# Days before a window whose stored rows the rules on a year of changes need: 250 rows and more.
_CONTEXT = {"daily": 400, "weekly": 1_900, "monthly": 8_000}
_OLDEST = 5  # days at a window's beginning that show whether a revision reaches further back


@dataclass(frozen=True)
class Request:
    """A load of one series. `since`: the first day by hand; `full`: everything; else an update."""

    source: Source
    series: LoadedSeries
    since: datetime.date | None = None
    full: bool = False

    @property
    def key(self) -> SeriesKey:
        return self.series.key


@dataclass(frozen=True)
class SourceAnswer:
    """The rows of one answer, parsed but not yet validated.

    `since`: the first day asked for (None: all). `stored`: the stored days around it; none for a
    source without a look-back.
    """

    raw: pd.DataFrame
    parsed: Parsed
    since: datetime.date | None = None
    stored: StoredDays = field(default_factory=StoredDays)

    @property
    def withdrawn(self) -> list[datetime.date]:
        """Stored days of the window that the source no longer shows."""
        return [day.date() for day in self.stored.withdrawn(self.parsed.rows)]

    @property
    def stated(self) -> int | None:
        """The number of rows that the source says the answer has, if it says so."""
        return self.raw.attrs.get("stated")

    @property
    def pages(self) -> int | None:
        return self.raw.attrs.get("pages")


def ask(request: Request) -> SourceAnswer:
    """Fetch and parse the days of a request.

    `since` is moved back to the day after the newest stored one, so that no day is left out. An
    update asks for the days from the newest stored one on, less the source's look-back. If one of
    the oldest days of that window has changed, earlier days may have changed too, and the update
    asks for all days. (A changed day that the gate rejects is never stored. Each update then
    fetches everything until that day is no longer among the oldest.)

    Raises SourceError; LostDaysError if the answer has none of the stored days.
    """
    if request.since is not None:
        return _ask(request, _without_hole(request.key, request.since))
    window = _update_window(request)
    answer = _ask(request, window)
    return _ask(request, None) if window and _is_revised_at_its_beginning(answer) else answer


def _without_hole(series: SeriesKey, since: datetime.date) -> datetime.date:
    newest = _newest_stored(series)
    return since if newest is None else min(since, newest + datetime.timedelta(days=1))


def _update_window(request: Request) -> datetime.date | None:
    look_back = request.source.card.look_back.get(request.series.frequency)
    if request.full or look_back is None:
        return None
    newest = _newest_stored(request.key)
    return None if newest is None else newest - datetime.timedelta(days=look_back.days)


def _newest_stored(series: SeriesKey) -> datetime.date | None:
    newest = newest_stored_day(series)
    return None if newest is None else newest.date()


def _ask(request: Request, since: datetime.date | None) -> SourceAnswer:
    raw = request.source.fetch(request.series.instrument, request.series.frequency, since)
    answer = SourceAnswer(raw, parse(raw), since, _stored(request, since))
    _require_stored_days(answer, request.key)
    if answer.parsed.rows.empty:
        of_window = f" since {since}" if since else ""
        raise EmptySourceError(f"{request.key} has no value{of_window}. Nothing was stored.")
    return answer


def _require_stored_days(answer: SourceAnswer, series: SeriesKey) -> None:
    withdrawn = answer.withdrawn
    if withdrawn and len(withdrawn) == len(answer.stored.within):
        raise LostDaysError(
            f"{series}: the answer has none of the {len(withdrawn)} days stored from "
            f"{withdrawn[0]} on. Nothing was stored. If the source has restarted the series, "
            "load it into another database."
        )


def _stored(request: Request, since: datetime.date | None) -> StoredDays:
    """The stored days before a window, as far back as rules look, and those in it.

    None for a source without a look-back: it is read whole each time, and its files may hold
    anything.
    """
    frequency = request.series.frequency
    if frequency not in request.source.card.look_back:
        return StoredDays()
    start = pd.Timestamp(since, tz="UTC") if since else None
    earliest = None if start is None else start - pd.Timedelta(days=_CONTEXT[frequency])
    try:
        days = read_prices(request.key, earliest, None, now())[["observed_at", "value"]]
    except NoDataError:
        return StoredDays()
    if start is None:
        return StoredDays(within=days)
    is_before = days["observed_at"] < start
    return StoredDays(before=days[is_before], within=days[~is_before])


def _is_revised_at_its_beginning(answer: SourceAnswer) -> bool:
    fetched = answer.parsed.rows[["observed_at", "value"]].dropna()
    oldest = answer.stored.within.head(_OLDEST)
    both = oldest.merge(fetched, on="observed_at", suffixes=("", "_now"))
    return bool((both["value"] != both["value_now"]).any())
