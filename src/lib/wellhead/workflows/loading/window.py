"""What a load asks a source for, and how the answer stands to the days that are stored."""

import datetime
from dataclasses import dataclass, replace

import pandas as pd

from wellhead.catalogue.lookup import Instrument
from wellhead.catalogue.series import Frequency, SeriesKey
from wellhead.database.operations import get_price_data, newest_stored_day
from wellhead.errors import EmptySourceError, LostDaysError, NoDataError
from wellhead.ingestion.base import Source
from wellhead.ingestion.prepare import Prepared, prepare
from wellhead.ingestion.registry import get_source
from wellhead.validation.gate import ValidationResult

# Days before a window whose stored rows the rules on a year of changes need: 250 rows and more.
_CONTEXT = {"daily": 400, "weekly": 1_900, "monthly": 8_000}
_OLDEST = 5  # days at a window's beginning that tell whether a revision reaches beyond it
_GONE = {
    "rule": "stored-day-is-still-there",
    "severity": "flag",
    "reason": "A day that is stored and that the source no longer shows has been withdrawn there. "
    "It is reported and stays: it was known.",
    "observed": "",
}


@dataclass(frozen=True)
class Request:
    """One series at one source. `since` is a wish; without one the update's window is found."""

    origin: Source
    instrument: Instrument
    frequency: Frequency
    since: datetime.date | None = None
    full: bool = False

    @property
    def series(self) -> SeriesKey:
        return SeriesKey(self.instrument.key, self.origin.card.key, self.frequency)


@dataclass(frozen=True)
class Came:
    """An answer, read but not yet judged.

    `since`: the first day it was asked for (None: all). `before` and `stored`: observed_at and
    value of the stored days before the window, as far as rules need them, and of those in it,
    newest vintage each; `withdrawn`: those in it that the source no longer shows.
    """

    since: datetime.date | None
    raw: pd.DataFrame
    prepared: Prepared
    before: pd.DataFrame
    stored: pd.DataFrame
    withdrawn: list[datetime.date]

    @property
    def stated(self) -> int | None:
        """The rows that the source said the answer has, if it says so."""
        return self.raw.attrs.get("stated")

    @property
    def pages(self) -> int | None:
        return self.raw.attrs.get("pages")


def source_key(name: str) -> str:
    """The key of a source. Raises UnknownSourceError, which lists those that exist."""
    return get_source(name).card.key


def ask(request: Request) -> Came:
    """Fetch and read what is wanted: `since` if given, all if `full`, else what an update needs.

    Days since one begin no later than the day after the newest stored one, so that no hole is left.
    An update asks for the days from the newest stored one on, less the source's look-back. Where
    one of its oldest days has changed, earlier ones may have as well, and all are asked for. A
    change that the gate rejects is never stored, and so costs each update a full load while its day
    is among the oldest: until as many new days are stored.

    Raises SourceError; LostDaysError if not one of the stored days came back.
    """
    if request.since is not None:
        return _ask(request, _leaving_no_hole(request, request.since))
    window = _update_window(request)
    came = _ask(request, window)
    return _ask(request, None) if window and _is_revised_at_its_beginning(came) else came


def _leaving_no_hole(request: Request, since: datetime.date) -> datetime.date:
    """The first day asked for by hand; no later than the day after the newest stored one."""
    newest = _newest_stored(request)
    return since if newest is None else min(since, newest + datetime.timedelta(days=1))


def _update_window(request: Request) -> datetime.date | None:
    look_back = request.origin.card.look_back.get(request.frequency)
    if request.full or look_back is None:
        return None
    newest = _newest_stored(request)
    return None if newest is None else newest - datetime.timedelta(days=look_back.days)


def _newest_stored(request: Request) -> datetime.date | None:
    newest = newest_stored_day(request.series)
    return None if newest is None else newest.date()


def _ask(request: Request, since: datetime.date | None) -> Came:
    raw = request.origin.fetch(request.instrument, request.frequency, since)
    before, stored = _stored(request, since)
    prepared = prepare(raw, request.frequency, before)
    gone = stored[~stored["observed_at"].isin(prepared.rows["observed_at"])]
    if len(stored) and len(gone) == len(stored):
        raise LostDaysError(
            f"{request.series} came back without any of the {len(gone)} days stored from "
            f"{gone['observed_at'].iloc[0].date()} on. Nothing was stored. If the source has begun "
            "the series anew, load it into another database."
        )
    if prepared.rows.empty:
        of_window = f" since {since}" if since else ""
        raise EmptySourceError(
            f"{request.series} holds no value at all{of_window}. Nothing was stored."
        )
    return Came(since, raw, prepared, before, stored, [day.date() for day in gone["observed_at"]])


def _stored(request: Request, since: datetime.date | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The stored days before a window, as far as rules need them, and those in it.

    Both are empty for a source without a look-back: it is read whole each time, and may be a
    folder whose files hold what their owner likes.
    """
    if request.frequency not in request.origin.card.look_back:
        return _NOTHING, _NOTHING
    start = pd.Timestamp(since or "1800-01-01", tz="UTC")
    earliest = start - pd.Timedelta(days=_CONTEXT[request.frequency]) if since else start
    key, source = request.instrument.key, request.origin.card.key
    try:
        prices = get_price_data(key, earliest, source=source, frequency=request.frequency)
    except NoDataError:
        return _NOTHING, _NOTHING
    known = prices[["observed_at", "value"]]
    within = known["observed_at"] >= start
    return known[~within], known[within]


_NOTHING = pd.DataFrame(
    {"observed_at": pd.DatetimeIndex([], tz="UTC"), "value": pd.Series(dtype=float)}
)


def _is_revised_at_its_beginning(came: Came) -> bool:
    now = came.prepared.rows[["observed_at", "value"]].dropna()
    oldest = came.stored.head(_OLDEST).merge(now, on="observed_at", suffixes=("", "_now"))
    return bool((oldest["value"] != oldest["value_now"]).any())


def with_gone_days(result: ValidationResult, came: Came) -> ValidationResult:
    """The result with the withdrawn days among its findings, where days were stored at all."""
    if came.stored.empty:
        return result
    found = {
        **_GONE,
        "checked": len(came.stored),
        "caught": len(came.withdrawn),
        "examples": [str(day) for day in came.withdrawn[:3]],
    }
    results = pd.concat([result.results, pd.DataFrame([found])], ignore_index=True)
    return replace(result, results=results)
