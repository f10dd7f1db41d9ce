"""Source `fred`: daily prices and indexes from FRED, the St. Louis Fed's database."""

from functools import partial

import pandas as pd

from wellhead.calendars import now
from wellhead.commodities import Instrument
from wellhead.errors import UnitMismatchError
from wellhead.ingestion.base import Frequency, Source, SourceCard, raw_frame
from wellhead.ingestion.http import JsonApi
from wellhead.ingestion.pacing import Pace
from wellhead.ingestion.paging import Page, all_rows, read_page

PAGE_LENGTH = 100_000  # the most that FRED gives
# FRED answers 429 above 2 requests a second or 120 a minute; 100 a minute is one in 0.6 s.
PACE = Pace("fred", per_second=2, per_minute=100)
KEY_PAGE = "https://fred.stlouisfed.org/docs/api/api_key.html"

SERIES = {
    "WTI": "DCOILWTICO",
    "BRENT": "DCOILBRENTEU",
    "HENRY_HUB": "DHHNGSP",
    "VIX": "VIXCLS",
    "SP500": "SP500",
}


class Fred(Source):
    """FRED's observations, newest vintage. Needs FRED_API_KEY.

    FRED states no unit with the observations: a series whose level does not fit the catalogue's is
    refused by the validation.
    """

    card = SourceCard(
        key="fred",
        title="FRED, Federal Reserve Bank of St. Louis",
        url="https://fred.stlouisfed.org/docs/api/fred/",
        licence="oil and gas: public domain (EIA); VIX: © Cboe; S&P 500: © S&P Dow Jones Indices",
        update="oil and gas on Wednesdays, after EIA; VIX and S&P 500 every trading day",
        revisions="spot prices almost never; holidays are listed without a value",
        # Later than true for VIX and S&P 500, and so without look-ahead.
        release_rule={"daily": "weekly-wednesday"},
    )

    def carries(self) -> dict[str, tuple[Frequency, ...]]:
        return dict.fromkeys(SERIES, ("daily",))

    def codes(self) -> dict[str, str]:
        return dict(SERIES)

    def fetch(self, instrument: Instrument, frequency: Frequency) -> pd.DataFrame:
        self.frequencies(instrument)
        code = SERIES[instrument.key]
        with JsonApi("fred", PACE, KEY_PAGE) as api:
            rows = all_rows(partial(_page, api, code), "date", _subject(code))
        frame = pd.DataFrame(rows).rename(columns={"date": "observed_at"})
        return raw_frame(frame.assign(unit=instrument.unit))

    def version(self, instrument: Instrument) -> str:
        self.frequencies(instrument)
        return str(now().date())  # it is asked once a day


def _subject(code: str) -> str:
    return f"fred series {code}"


def _page(api: JsonApi, code: str, offset: int) -> Page:
    parameters = {
        "series_id": code,
        "file_type": "json",
        "sort_order": "asc",
        "offset": str(offset),
        "limit": str(PAGE_LENGTH),
    }
    body = api.get("/fred/series/observations", parameters)
    page = read_page(body, "count", "observations", ("date", "value"), _subject(code))
    if body.get("units", "lin") != "lin":
        raise UnitMismatchError(
            f"{_subject(code)} came back transformed ({body['units']}), not as levels (lin). "
            "Nothing was stored."
        )
    return page
