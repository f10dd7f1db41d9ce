"""The vintages of a series in FRED's archive: their dates, and their rows in several requests."""

import datetime
from collections.abc import Iterator

import pandas as pd

from wellhead.errors import EmptySourceError, SourceFormatError, SourceUnavailableError
from wellhead.ingestion.backfill import Page
from wellhead.ingestion.base import read_days
from wellhead.ingestion.fred import FredSeries, observations, subject
from wellhead.ingestion.keyed import JsonApi
from wellhead.ingestion.paging import AllRows, all_rows, read_page

MOST_VINTAGES = 2_000  # in one request
DATES_LENGTH = 10_000  # vintage dates a page, the most that FRED gives
KEY = ("date", "realtime_start")  # of a row
_OPEN = "9999-12-31"

Vintages = list[str]


def vintage_dates(api: JsonApi, series: FredSeries, since: datetime.date | None) -> Vintages:
    """The days of publication of a series, in order, from `since` on.

    Earlier publications have no value of a day after `since`.
    """
    path = "/fred/series/vintagedates"
    asked = {"series_id": series.code, "file_type": "json", "sort_order": "asc"}

    def ask(offset: int) -> Page:
        body = api.get(path, {**asked, "offset": str(offset), "limit": str(DATES_LENGTH)})
        dates = body.get("vintage_dates")
        if isinstance(dates, list):
            body = {**body, "vintage_dates": [{"date": date} for date in dates]}
        return read_page(body, "count", "vintage_dates", ("date",), f"{subject(series)}, vintages")

    answer = all_rows(ask, ("date",), f"{subject(series)}, vintages", api.kept(path, asked))
    dates = sorted(str(row["date"]) for row in answer.rows)
    require_days(pd.Series(dates), series)
    recent = [date for date in dates if since is None or date >= str(since)]
    if not recent:
        raise EmptySourceError(f"{subject(series)} has no vintage since {since}.")
    return recent


def releases(
    api: JsonApi, series: FredSeries, params: dict[str, str], dates: Vintages
) -> Iterator[AllRows]:
    """The rows of all vintages, in requests of at most MOST_VINTAGES of them."""
    for first in range(0, len(dates), MOST_VINTAGES):
        chunk = dates[first : first + MOST_VINTAGES]
        after = dates[first + MOST_VINTAGES : first + MOST_VINTAGES + 1]
        yield from _chunk(api, series, params, chunk, _day_before(after[0]) if after else _OPEN)


def _chunk(
    api: JsonApi, series: FredSeries, params: dict[str, str], dates: Vintages, end: str
) -> Iterator[AllRows]:
    """The rows of one real-time period, which is halved if FRED finds too many vintages in it."""
    period = {"realtime_start": dates[0], "realtime_end": end}
    try:
        answer = observations(api, series, {**params, **period}, KEY)
    except SourceUnavailableError as refusal:
        if "vintage dates" not in str(refusal) or len(dates) == 1:
            raise
    else:
        yield answer
        return
    middle = len(dates) // 2
    yield from _chunk(api, series, params, dates[:middle], _day_before(dates[middle]))
    yield from _chunk(api, series, params, dates[middle:], end)


def _day_before(day: str) -> str:
    return str(datetime.date.fromisoformat(day) - datetime.timedelta(days=1))


def require_days(written: pd.Series, series: FredSeries) -> pd.Series:
    """Written days as midnights. Raises SourceFormatError that names the first that is no day."""
    days = read_days(written)
    if days.isna().any():
        wrong = written[days.isna()].iloc[0]
        raise SourceFormatError(f"{subject(series)}: {wrong!r} is not the day of a vintage.")
    return days
