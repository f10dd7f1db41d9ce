"""Source `cftc`: positions of traders, from CFTC's weekly reports (disaggregated, futures only)."""

import datetime
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import pandas as pd

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import Frequency
from wellhead.errors import EmptySourceError, SourceFormatError
from wellhead.ingestion.backfill import Page, Row
from wellhead.ingestion.base import CodedSource, LookBack, SourceCard, raw_frame, read_days
from wellhead.ingestion.http import Api
from wellhead.ingestion.pacing import Pace
from wellhead.ingestion.paging import all_rows, read_page
from wellhead.ingestion.responses import read_list

PAGE_LENGTH = 1_000  # nineteen years of weeks
# Socrata publishes no limit for callers without a token, and answers 429 above it.
PACE = Pace("cftc", per_second=1, per_minute=60)
_PATH = "/resource/72hh-3qpy.json"
_DAY, _CODE = "report_date_as_yyyy_mm_dd", "cftc_contract_market_code"
_LONG, _SHORT = "m_money_positions_long_all", "m_money_positions_short_all"
_TUESDAY = 1


class CftcSeries(NamedTuple):
    """A market at CFTC: its code and its frequency."""

    code: str
    frequency: Frequency = "weekly"


SERIES = {
    "WTI_MANAGED_MONEY_NET": CftcSeries("067651"),
    "HENRY_HUB_MANAGED_MONEY_NET": CftcSeries("023651"),
}


class Cftc(CodedSource):
    """The net position of managed money, in contracts: long less short. Needs no key."""

    series = SERIES
    card = SourceCard(
        key="cftc",
        title="CFTC, commitments of traders (disaggregated, futures only)",
        url="https://publicreporting.cftc.gov/",
        licence="public domain",
        update="on Fridays, the positions of Tuesday; after holidays and shutdowns later",
        revisions="now and then, when a trader is classified anew",
        release_rule={"weekly": "weekly-positions"},
        look_back={"weekly": LookBack(400, "a correction restates weeks of the past year")},
    )

    def fetch(
        self, instrument: Instrument, frequency: Frequency, since: datetime.date | None = None
    ) -> pd.DataFrame:
        self.frequencies(instrument)
        code = SERIES[instrument.key].code
        subject = f"cftc market {code}" + (f" since {since}" if since else "")
        asked = _parameters(code, since)
        with Api("cftc", PACE, "cftc_base_url") as api:
            total = _total(api, asked, subject)
            ask = partial(_page, api, asked, total, subject)
            answer = all_rows(ask, (_DAY,), subject, api.kept(_PATH, asked))
        _require_market(answer.rows, code, subject)
        rows = raw_frame(_net_positions(answer.rows).assign(unit=instrument.unit), since)
        rows.attrs = {"stated": total, "pages": answer.pages}
        return rows


def _parameters(code: str, since: datetime.date | None) -> dict[str, str]:
    """A market's rows. Where `since` is a Tuesday, its report may be of the Monday before."""
    if since and since.weekday() == _TUESDAY:
        since -= datetime.timedelta(days=1)
    from_day = f" AND {_DAY} >= '{since}T00:00:00'" if since else ""
    return {"$where": f"{_CODE} = '{code}'{from_day}"}


def _total(api: Api, asked: Mapping[str, str], subject: str) -> int:
    """The number of rows, which the pages themselves do not state."""
    counted = api.read(_PATH, {**asked, "$select": "count(*) AS total"}, read_list)
    total = counted[0].get("total") if counted and isinstance(counted[0], dict) else None
    if not str(total).isdecimal():
        raise SourceFormatError(f"{subject}: the number of rows is not stated.")
    if int(str(total)) == 0:
        raise EmptySourceError(f"{subject}: no rows, although the market is known.")
    return int(str(total))


def _page(api: Api, asked: Mapping[str, str], total: int, subject: str, offset: int) -> Page:
    """The rows from `offset` on."""
    fields = (_DAY, _CODE, _LONG, _SHORT)
    paging = {"$order": _DAY, "$limit": str(PAGE_LENGTH), "$offset": str(offset)}
    rows = api.read(_PATH, {**asked, "$select": ", ".join(fields), **paging}, read_list)
    return read_page({"total": total, "rows": rows}, "total", "rows", fields, subject)


def _require_market(rows: list[Row], code: str, subject: str) -> None:
    codes = {str(row[_CODE]).strip() for row in rows}
    if codes != {code}:
        raise SourceFormatError(f"{subject}: the answer has market {', '.join(sorted(codes))}.")


def _net_positions(rows: list[Row]) -> pd.DataFrame:
    """One row a week: observed_at, its Tuesday, and value; a cell that is no count stays as text.

    Where Tuesday is a holiday, CFTC takes the positions of Monday.
    """
    written = pd.DataFrame(rows)
    days = read_days(written[_DAY])
    tuesdays = days + pd.to_timedelta(_TUESDAY - days.dt.day_of_week, unit="D")
    stamped = tuesdays.dt.strftime("%Y-%m-%d").where(days.notna(), written[_DAY])
    net = [_net(str(row[_LONG]).strip(), str(row[_SHORT]).strip()) for row in rows]
    return pd.DataFrame({"observed_at": stamped, "value": net})


def _net(long: str, short: str) -> str:
    if long.isdecimal() and short.isdecimal():
        return str(int(long) - int(short))
    return f"long {long}, short {short}"
