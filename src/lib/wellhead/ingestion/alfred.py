"""Source `alfred`: every vintage of the revised series, from ALFRED, the archive behind FRED.

A row is a value from the day of its publication on; a revised day has several rows. First releases
are among them and are no source of their own: stored alone they would read as a series that was
never revised. `Alfred.first_releases` fetches them for studies of revisions.
"""

import datetime
from collections.abc import Callable
from typing import Any

import pandas as pd

from wellhead.calendars import end_of_day
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import Frequency
from wellhead.errors import SourceFormatError
from wellhead.ingestion.base import CodedSource, SourceCard, raw_frame, read_days
from wellhead.ingestion.fred import (
    KEY_PAGE,
    PACE,
    SERIES,
    FredSeries,
    require_unit,
    subject,
    window,
)
from wellhead.ingestion.keyed import JsonApi
from wellhead.ingestion.vintages import KEY, releases, require_days, vintage_dates

ZONE = "America/Chicago"  # the time zone of FRED's days
REVISED = {key: SERIES[key] for key in ("INDUSTRIAL_PRODUCTION", "CONSUMER_PRICES", "DOLLAR_INDEX")}


class Alfred(CodedSource):
    """All releases of the series that are revised. Needs FRED_API_KEY.

    A value counts as known when the day of its vintage is over in St. Louis. The first vintage of
    a series holds its whole history, which counts as known from that day on: later than it was.
    """

    series = REVISED
    card = SourceCard(
        key="alfred",
        title="ALFRED, all vintages of FRED's revised series",
        url="https://alfred.stlouisfed.org/",
        licence="public domain (Federal Reserve, BLS)",
        update="with FRED: dollar index on Mondays; the others around mid-month",
        revisions="one row a vintage, known since the day it was published",
        # Every row has its publication; the rules are for a row that does not.
        release_rule={"daily": "weekly-dollar", "monthly": "month-after-next"},
    )

    def fetch(
        self, instrument: Instrument, frequency: Frequency, since: datetime.date | None = None
    ) -> pd.DataFrame:
        """Every vintage, oldest day first. A value that later vintages repeat is one row."""
        return self._fetched(instrument, since, window(since), _changes)

    def first_releases(
        self, instrument: Instrument, since: datetime.date | None = None
    ) -> pd.DataFrame:
        """The first published value of each day that has one; one row a day."""
        return self._fetched(instrument, since, {**window(since), "output_type": "4"}, _firsts)

    def _fetched(
        self,
        instrument: Instrument,
        since: datetime.date | None,
        params: dict[str, str],
        chosen: Callable[[pd.DataFrame], pd.DataFrame],
    ) -> pd.DataFrame:
        self.frequencies(instrument)
        series = REVISED[instrument.key]
        with JsonApi("fred", PACE, KEY_PAGE) as api:
            require_unit(api, series, instrument)
            parts = list(releases(api, series, params, vintage_dates(api, series, since)))
        rows = pd.DataFrame([row for part in parts for row in part.rows])
        frame = chosen(rows).assign(unit=instrument.unit, published=_published(series))
        raw = raw_frame(frame.rename(columns={"date": "observed_at"}), since)
        stated, pages = len(rows), sum(part.pages for part in parts)
        raw.attrs = {"stated": stated, "pages": pages}
        return raw


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(list(KEY), kind="stable", ignore_index=True)


def _changes(rows: pd.DataFrame) -> pd.DataFrame:
    """The vintages that change the value of their day; days listed without a value stay.

    FRED cuts the period of a value at the ends of the requested period, so chunks repeat the value.
    """
    in_order = _in_order(rows)
    valued = in_order[in_order["value"] != "."]
    numbers = pd.to_numeric(valued["value"], errors="coerce")
    same = numbers.eq(numbers.groupby(valued["date"]).shift())
    return in_order.drop(index=same[same].index)


def _firsts(rows: pd.DataFrame) -> pd.DataFrame:
    return _in_order(rows).drop_duplicates("date", keep="first")


def _published(series: FredSeries) -> Callable[[pd.DataFrame], Any]:
    """When each row became known: the end, in FRED's time zone, of the day of its vintage."""

    def published(rows: pd.DataFrame) -> pd.Index:
        days = require_days(rows["realtime_start"], series)
        early = days < read_days(rows["date"])
        if early.any():
            raise SourceFormatError(
                f"{subject(series)}: {early.sum()} values were published before their own day, "
                f"{rows.loc[early, 'date'].iloc[0]} among them."
            )
        return end_of_day(pd.DatetimeIndex(days), ZONE).astype(str)

    return published
