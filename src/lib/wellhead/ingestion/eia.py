"""Source `eia`: prices and weekly stocks from version 2 of EIA's open-data API."""

import datetime
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import pandas as pd

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import Frequency
from wellhead.errors import SourceFormatError, UnitMismatchError
from wellhead.ingestion.backfill import Page, Row
from wellhead.ingestion.base import CodedSource, LookBack, SourceCard, raw_frame
from wellhead.ingestion.keyed import JsonApi
from wellhead.ingestion.pacing import Pace
from wellhead.ingestion.paging import AllRows, all_rows, read_page

PAGE_LENGTH = 5_000  # the most that EIA gives in JSON
# EIA suspends a key above 5 requests a second or 9,000 an hour (150 a minute).
PACE = Pace("eia", per_second=4, per_minute=120)
KEY_PAGE = "https://www.eia.gov/opendata/register.php"


class EiaSeries(NamedTuple):
    """A series at EIA: the route below /v2/, its code and its frequency."""

    route: str
    code: str
    frequency: Frequency = "daily"


SERIES = {
    "WTI": EiaSeries("petroleum/pri/spt", "RWTC"),
    "BRENT": EiaSeries("petroleum/pri/spt", "RBRTE"),
    "HENRY_HUB": EiaSeries("natural-gas/pri/fut", "RNGWHHD"),
    "GASOLINE": EiaSeries("petroleum/pri/spt", "EER_EPMRU_PF4_Y35NY_DPG"),
    "HEATING_OIL": EiaSeries("petroleum/pri/spt", "EER_EPD2F_PF4_Y35NY_DPG"),
    "ULSD": EiaSeries("petroleum/pri/spt", "EER_EPD2DXL0_PF4_Y35NY_DPG"),
    "JET_FUEL": EiaSeries("petroleum/pri/spt", "EER_EPJK_PF4_RGC_DPG"),
    "PROPANE": EiaSeries("petroleum/pri/spt", "EER_EPLLPA_PF4_Y44MB_DPG"),
    # The first to fourth nearby contract of NYMEX; EIA stopped them in April 2024.
    "WTI_FUTURE_1": EiaSeries("petroleum/pri/fut", "RCLC1"),
    "WTI_FUTURE_2": EiaSeries("petroleum/pri/fut", "RCLC2"),
    "WTI_FUTURE_3": EiaSeries("petroleum/pri/fut", "RCLC3"),
    "WTI_FUTURE_4": EiaSeries("petroleum/pri/fut", "RCLC4"),
    "HENRY_HUB_FUTURE_1": EiaSeries("natural-gas/pri/fut", "RNGC1"),
    "HENRY_HUB_FUTURE_2": EiaSeries("natural-gas/pri/fut", "RNGC2"),
    "HENRY_HUB_FUTURE_3": EiaSeries("natural-gas/pri/fut", "RNGC3"),
    "HENRY_HUB_FUTURE_4": EiaSeries("natural-gas/pri/fut", "RNGC4"),
    "CRUDE_STOCKS": EiaSeries("petroleum/stoc/wstk", "WCESTUS1", "weekly"),
    "GAS_STORAGE": EiaSeries("natural-gas/stor/wkly", "NW2_EPG0_SWO_R48_BCF", "weekly"),
}
# A window has so many rows that one bad row does not bring it below the quality target.
LOOK_BACK: Mapping[Frequency, LookBack] = {
    "daily": LookBack(100, "prices are hardly revised; corrections come within weeks"),
    "weekly": LookBack(400, "stocks are restated within the year"),
}
# EIA's text -> the catalogue's unit.
_UNITS = {
    "$/BBL": "USD/bbl",
    "$/GAL": "USD/gal",
    "$/MMBTU": "USD/MMBtu",
    "MBBL": "thousand bbl",
    "BCF": "Bcf",
}
_ROW_FIELDS = ("period", "series", "value", "units")


class Eia(CodedSource):
    """EIA's open data. Needs EIA_API_KEY."""

    series = SERIES
    card = SourceCard(
        key="eia",
        title="US Energy Information Administration, open data API v2",
        url="https://www.eia.gov/opendata/",
        licence="public domain; EIA asks to be named",
        update="daily prices on Wednesdays, up to the Monday before; crude stocks on Wednesdays; "
        "gas storage on Thursdays; futures ended in April 2024",
        revisions="spot prices almost never; stocks now and then",
        release_rule={"daily": "weekly-wednesday", "weekly": "weekly-stocks"},
        release_exceptions={"GAS_STORAGE": "weekly-gas-storage"},
        look_back=LOOK_BACK,
    )

    def fetch(
        self, instrument: Instrument, frequency: Frequency, since: datetime.date | None = None
    ) -> pd.DataFrame:
        self.frequencies(instrument)
        series = SERIES[instrument.key]
        parameters = _parameters(series, since)
        answer = fetch_rows(series.route, parameters, _ROW_FIELDS, _subject(series, since))
        _require_series(answer.rows, series, instrument)
        frame = pd.DataFrame(answer.rows).rename(columns={"period": "observed_at"})
        if frequency == "monthly":  # stamped `YYYY-MM`
            frame["observed_at"] += "-01"
        rows = raw_frame(frame.assign(unit=instrument.unit), since)
        rows.attrs = {"stated": len(answer.rows), "pages": answer.pages}
        return rows


def _subject(series: EiaSeries, since: datetime.date | None = None) -> str:
    return f"eia series {series.code}" + (f" since {since}" if since else "")


def _parameters(series: EiaSeries, since: datetime.date | None) -> dict[str, str]:
    """The parameters of a request; oldest first, because without an order pages may overlap.

    EIA compares `start` as text with the stamp of the period, which for a month is `YYYY-MM`.
    """
    stamp = "%Y-%m" if series.frequency == "monthly" else "%Y-%m-%d"
    return {
        "frequency": series.frequency,
        "data[0]": "value",
        "facets[series][]": series.code,
        "sort[0][column]": "period",
        "sort[0][direction]": "asc",
        **({"start": since.strftime(stamp)} if since else {}),
    }


def fetch_rows(
    route: str, parameters: Mapping[str, str], fields: Sequence[str], subject: str
) -> AllRows:
    """Every row that `parameters` ask for at a route below /v2/, one a period.

    Each row must have `fields`. Raises SettingsError without a key, and SourceError.
    """
    path = f"/v2/{route}/data/"
    with JsonApi("eia", PACE, KEY_PAGE) as api:
        ask = partial(_page, api, path, parameters, fields, subject)
        return all_rows(ask, ("period",), subject, api.kept(path, parameters))


def _page(
    api: JsonApi,
    path: str,
    parameters: Mapping[str, str],
    fields: Sequence[str],
    subject: str,
    offset: int,
) -> Page:
    """The rows from `offset` on."""
    body = api.get(path, {**parameters, "offset": str(offset), "length": str(PAGE_LENGTH)})
    answer = body.get("response")
    if not isinstance(answer, dict):
        raise SourceFormatError(
            f"{subject}: field 'response' is missing; there are: {', '.join(body)}."
        )
    page = read_page(answer, "total", "data", fields, subject)
    _require_no_contradiction(body, answer, page, subject)
    return page


def _require_no_contradiction(body: Row, answer: Row, page: Page, subject: str) -> None:
    """EIA warns of an incomplete return on a page with fewer rows than the total, and only then."""
    warnings = str(answer.get("warnings") or body.get("warnings") or "")
    if "incomplete return" in warnings and len(page.rows) >= page.total:
        raise SourceFormatError(
            f"{subject}: EIA warns of an incomplete return, but states a total of only the "
            f"{page.total} rows that it sent. The total cannot be trusted."
        )


def _require_series(rows: list[Row], series: EiaSeries, instrument: Instrument) -> None:
    codes, units = ({str(row[name]).strip() for row in rows} for name in ("series", "units"))
    if codes != {series.code}:
        raise SourceFormatError(
            f"{_subject(series)}: the answer has the series {', '.join(sorted(codes))}."
        )
    if {_UNITS.get(unit.upper()) for unit in units} != {instrument.unit}:
        raise UnitMismatchError(
            f"{_subject(series)} is in {', '.join(sorted(units))}; {instrument.key} is kept in "
            f"{instrument.unit}. Nothing was stored; correct the catalogue if EIA has changed."
        )
