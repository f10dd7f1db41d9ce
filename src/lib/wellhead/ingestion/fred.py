"""Source `fred`: prices, indexes and macro series from FRED, the St. Louis Fed's database."""

import datetime
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import pandas as pd

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import Frequency
from wellhead.errors import SourceFormatError, UnitMismatchError
from wellhead.ingestion.backfill import Page
from wellhead.ingestion.base import CodedSource, LookBack, SourceCard, raw_frame
from wellhead.ingestion.fred_graph import graph_rows
from wellhead.ingestion.keyed import JsonApi
from wellhead.ingestion.pacing import Pace
from wellhead.ingestion.paging import AllRows, all_rows, read_page
from wellhead.settings import get_settings

PAGE_LENGTH = 100_000  # the most that FRED gives
# FRED answers 429 above 2 requests a second or 120 a minute; 100 a minute is one in 0.6 s.
PACE = Pace("fred", per_second=2, per_minute=100)
KEY_PAGE = "https://fred.stlouisfed.org/docs/api/api_key.html"
_OBSERVATIONS = "/fred/series/observations"


class FredSeries(NamedTuple):
    """A series at FRED: its code, its unit in FRED's words, its frequency."""

    code: str
    units: str
    frequency: Frequency = "daily"


SERIES = {
    "WTI": FredSeries("DCOILWTICO", "Dollars per Barrel"),
    "BRENT": FredSeries("DCOILBRENTEU", "Dollars per Barrel"),
    "HENRY_HUB": FredSeries("DHHNGSP", "Dollars per Million BTU"),
    "GASOLINE": FredSeries("DGASNYH", "Dollars per Gallon"),
    "HEATING_OIL": FredSeries("DHOILNYH", "Dollars per Gallon"),
    "JET_FUEL": FredSeries("DJFUELUSGULF", "Dollars per Gallon"),
    "PROPANE": FredSeries("DPROPANEMBTX", "Dollars per Gallon"),
    "VIX": FredSeries("VIXCLS", "Index"),
    "OVX": FredSeries("OVXCLS", "Index"),
    "SP500": FredSeries("SP500", "Index"),
    "DOLLAR_INDEX": FredSeries("DTWEXBGS", "Index Jan 2006=100"),
    "TREASURY_10Y": FredSeries("DGS10", "Percent"),
    "INDUSTRIAL_PRODUCTION": FredSeries("INDPRO", "Index 2017=100", "monthly"),
    "CONSUMER_PRICES": FredSeries("CPIAUCSL", "Index 1982-1984=100", "monthly"),
}
# FRED's text -> the catalogue's unit. An index with a new base year is another unit.
UNITS = {
    "Dollars per Barrel": "USD/bbl",
    "Dollars per Gallon": "USD/gal",
    "Dollars per Million BTU": "USD/MMBtu",
    "Index": "index points",
    "Index Jan 2006=100": "index 2006=100",
    "Index 2017=100": "index 2017=100",
    "Index 1982-1984=100": "index 1982-84=100",
    "Percent": "percent",
}


class Fred(CodedSource):
    """FRED's observations, newest vintage: by its API with FRED_API_KEY, else by its CSV files.

    Without the key an answer has no `stated`, and the unit is checked only where an index has it
    in its values (`fred_graph`).
    """

    series = SERIES
    card = SourceCard(
        key="fred",
        title="FRED, Federal Reserve Bank of St. Louis: its API with a key, its CSV files without",
        url="https://fred.stlouisfed.org/docs/api/fred/",
        licence="prices, rates, macro series: public domain (EIA, Federal Reserve, BLS); VIX and "
        "OVX: © Cboe; S&P 500: © S&P Dow Jones Indices",
        update="spot prices on Wednesdays, after EIA; dollar index on Mondays; VIX, OVX, S&P 500 "
        "and yields every trading day; production and consumer prices around mid-month",
        revisions="spot prices almost never; macro series each month and years back each year; "
        "holidays are listed without a value. With and without a key current values only: a "
        "revision is known from the load that sees it",
        # Later than the truth for VIX, OVX, S&P 500 and yields, so there is no look-ahead.
        release_rule={"daily": "weekly-wednesday", "monthly": "month-after-next"},
        release_exceptions={"DOLLAR_INDEX": "weekly-dollar"},
        look_back={
            "daily": LookBack(100, "prices are hardly revised; corrections come within weeks"),
            "monthly": LookBack(2_200, "a yearly revision restates five years of a macro series"),
        },
    )

    def fetch(
        self, instrument: Instrument, frequency: Frequency, since: datetime.date | None = None
    ) -> pd.DataFrame:
        self.frequencies(instrument)
        series = SERIES[instrument.key]
        if not get_settings().fred_api_key:
            frame = graph_rows(series.code, series.units, since)
            return raw_frame(frame.assign(unit=instrument.unit), since)
        with JsonApi("fred", PACE, KEY_PAGE) as api:
            require_unit(api, series, instrument)
            answer = observations(api, series, window(since))
        frame = pd.DataFrame(answer.rows).rename(columns={"date": "observed_at"})
        rows = raw_frame(frame.assign(unit=instrument.unit), since)
        rows.attrs = {"stated": len(answer.rows), "pages": answer.pages}
        return rows


def window(since: datetime.date | None) -> dict[str, str]:
    """The parameter that asks for days from `since` on."""
    return {"observation_start": str(since)} if since else {}


def subject(series: FredSeries) -> str:
    """The name of a series in messages."""
    return f"fred series {series.code}"


def require_unit(api: JsonApi, series: FredSeries, instrument: Instrument) -> None:
    """Check that FRED describes a series today with the expected unit and frequency."""
    body = api.get("/fred/series", {"series_id": series.code, "file_type": "json"})
    listed = body.get("seriess")
    if not isinstance(listed, list) or len(listed) != 1 or not isinstance(listed[0], dict):
        raise SourceFormatError(f"{subject(series)}: field 'seriess' does not describe the series.")
    units, frequency = (str(listed[0].get(name, "")) for name in ("units", "frequency"))
    if units != series.units or UNITS[units] != instrument.unit:
        raise UnitMismatchError(
            f"{subject(series)} is in {units or 'no stated unit'} instead of {series.units}; "
            f"{instrument.key} is kept in {instrument.unit}. Nothing was stored; correct the "
            "catalogue if FRED has changed."
        )
    if not frequency.lower().startswith(series.frequency):
        raise SourceFormatError(
            f"{subject(series)} is {frequency or 'of no stated frequency'}, not {series.frequency}."
        )


def observations(
    api: JsonApi, series: FredSeries, params: Mapping[str, str], key: Sequence[str] = ("date",)
) -> AllRows:
    """All observations of a series that `params` ask for; no two share a `key`."""
    asked = {"series_id": series.code, "file_type": "json", "sort_order": "asc", **params}
    ask = partial(_page, api, series, asked, key)
    return all_rows(ask, key, _asked_for(series, params), api.kept(_OBSERVATIONS, asked))


def _asked_for(series: FredSeries, params: Mapping[str, str]) -> str:
    since = params.get("observation_start")
    return subject(series) + (f" since {since}" if since else "")


def _page(
    api: JsonApi, series: FredSeries, params: Mapping[str, str], key: Sequence[str], offset: int
) -> Page:
    paging = {"offset": str(offset), "limit": str(PAGE_LENGTH)}
    body = api.get(_OBSERVATIONS, {**params, **paging})
    page = read_page(body, "count", "observations", (*key, "value"), subject(series))
    if body.get("units", "lin") != "lin":
        raise UnitMismatchError(
            f"{subject(series)} is transformed ({body['units']}), and not as levels (lin). "
            "Nothing was stored."
        )
    return page
