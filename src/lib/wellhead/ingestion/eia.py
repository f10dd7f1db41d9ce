"""Source `eia`: daily spot prices and weekly stocks from version 2 of EIA's open-data API."""

from functools import partial
from typing import NamedTuple

import pandas as pd

from wellhead.calendars import now
from wellhead.commodities import Instrument
from wellhead.errors import SourceFormatError, UnitMismatchError
from wellhead.ingestion.base import Frequency, Source, SourceCard, raw_frame
from wellhead.ingestion.http import JsonApi
from wellhead.ingestion.pacing import Pace
from wellhead.ingestion.paging import Page, Row, all_rows, read_page

PAGE_LENGTH = 5_000  # the most that EIA gives in JSON
# EIA suspends a key above 5 requests a second or 9,000 an hour (150 a minute).
PACE = Pace("eia", per_second=4, per_minute=120)
KEY_PAGE = "https://www.eia.gov/opendata/register.php"


class Series(NamedTuple):
    """Where a series stands: the route below /v2/, its code, its frequency."""

    route: str
    code: str
    frequency: Frequency = "daily"


SERIES = {
    "WTI": Series("petroleum/pri/spt", "RWTC"),
    "BRENT": Series("petroleum/pri/spt", "RBRTE"),
    "HENRY_HUB": Series("natural-gas/pri/fut", "RNGWHHD"),
    "GASOLINE": Series("petroleum/pri/spt", "EER_EPMRU_PF4_Y35NY_DPG"),
    "HEATING_OIL": Series("petroleum/pri/spt", "EER_EPD2F_PF4_Y35NY_DPG"),
    "ULSD": Series("petroleum/pri/spt", "EER_EPD2DXL0_PF4_Y35NY_DPG"),
    "JET_FUEL": Series("petroleum/pri/spt", "EER_EPJK_PF4_RGC_DPG"),
    "PROPANE": Series("petroleum/pri/spt", "EER_EPLLPA_PF4_Y44MB_DPG"),
    "CRUDE_STOCKS": Series("petroleum/stoc/wstk", "WCESTUS1", "weekly"),
}
# How EIA writes the catalogue's units.
_UNITS = {
    "$/BBL": "USD/bbl",
    "$/GAL": "USD/gal",
    "$/MMBTU": "USD/MMBtu",
    "MBBL": "thousand bbl",
}
_ROW_FIELDS = ("period", "series", "value", "units")


class Eia(Source):
    """EIA's open data. Needs EIA_API_KEY."""

    card = SourceCard(
        key="eia",
        title="US Energy Information Administration, open data API v2",
        url="https://www.eia.gov/opendata/",
        licence="public domain; EIA asks to be named",
        update="daily spot prices on Wednesdays, up to the Monday before; stocks on Wednesdays",
        revisions="spot prices almost never; stocks now and then",
        release_rule={"daily": "weekly-wednesday", "weekly": "weekly-stocks"},
    )

    def carries(self) -> dict[str, tuple[Frequency, ...]]:
        return {key: (series.frequency,) for key, series in SERIES.items()}

    def codes(self) -> dict[str, str]:
        return {key: series.code for key, series in SERIES.items()}

    def fetch(self, instrument: Instrument, frequency: Frequency) -> pd.DataFrame:
        self.frequencies(instrument)
        series = SERIES[instrument.key]
        with JsonApi("eia", PACE, KEY_PAGE) as api:
            rows = all_rows(partial(_page, api, series), "period", _subject(series))
        _require_what_was_asked(rows, series, instrument)
        frame = pd.DataFrame(rows).rename(columns={"period": "observed_at"})
        return raw_frame(frame.assign(unit=instrument.unit))

    def version(self, instrument: Instrument) -> str:
        self.frequencies(instrument)
        return str(now().date())  # it is asked once a day


def _subject(series: Series) -> str:
    return f"eia series {series.code}"


def _page(api: JsonApi, series: Series, offset: int) -> Page:
    """The rows from `offset` on, oldest first: without a stated order pages may overlap."""
    parameters = {
        "frequency": series.frequency,
        "data[0]": "value",
        "facets[series][]": series.code,
        "sort[0][column]": "period",
        "sort[0][direction]": "asc",
        "offset": str(offset),
        "length": str(PAGE_LENGTH),
    }
    body = api.get(f"/v2/{series.route}/data/", parameters)
    answer = body.get("response")
    if not isinstance(answer, dict):
        raise SourceFormatError(
            f"{_subject(series)}: field 'response' is missing; there are: {', '.join(body)}."
        )
    page = read_page(answer, "total", "data", _ROW_FIELDS, _subject(series))
    _require_no_contradiction(body, answer, page, series)
    return page


def _require_no_contradiction(body: Row, answer: Row, page: Page, series: Series) -> None:
    """EIA warns of an incomplete return on each page narrower than the total, and only then."""
    warnings = str(answer.get("warnings") or body.get("warnings") or "")
    if "incomplete return" in warnings and len(page.rows) >= page.total:
        raise SourceFormatError(
            f"{_subject(series)}: EIA warns of an incomplete return and states only the "
            f"{page.total} rows that it sent. Its total cannot be trusted."
        )


def _require_what_was_asked(rows: list[Row], series: Series, instrument: Instrument) -> None:
    codes, units = ({str(row[name]).strip() for row in rows} for name in ("series", "units"))
    if codes != {series.code}:
        raise SourceFormatError(
            f"{_subject(series)}: the answer holds the series {', '.join(sorted(codes))}."
        )
    if {_UNITS.get(unit.upper()) for unit in units} != {instrument.unit}:
        raise UnitMismatchError(
            f"{_subject(series)} is in {', '.join(sorted(units))}; {instrument.key} is kept in "
            f"{instrument.unit}. Nothing was stored; correct the catalogue if EIA has changed."
        )
