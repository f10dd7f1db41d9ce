"""Answers in the upstreams' forms: pages of EIA, FRED, ALFRED and CFTC, files of FRED, charts."""

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from tests.ingestion.replay import Answer, Asked, Respond


def business_days(count: int, start: str = "1986-01-02") -> list[str]:
    return [str(day.date()) for day in pd.bdate_range(start, periods=count)]


EIA_UNITS = {
    **{"RNGWHHD": "$/MMBTU", "WCESTUS1": "MBBL", "RWTC": "$/BBL", "RBRTE": "$/BBL"},
    "NW2_EPG0_SWO_R48_BCF": "BCF",
    **{f"RCLC{n}": "$/BBL" for n in range(1, 5)},
    **{f"RNGC{n}": "$/MMBTU" for n in range(1, 5)},
}


def eia_rows(
    days: list[str], values: list[Any], code: str = "RWTC", units: str | None = None
) -> list[dict[str, Any]]:
    units = units or EIA_UNITS.get(code, "$/GAL")
    return [
        {"period": day, "series": code, "product-name": "x", "value": value, "units": units}
        for day, value in zip(days, values, strict=True)
    ]


def eia_page(rows: list[dict[str, Any]], total: object = None, **more: object) -> Answer:
    total = str(len(rows)) if total is None else total
    return Answer({"response": {"total": total, "data": rows, **more}, "apiVersion": "2.1.13"})


def eia_server(rows: list[dict[str, Any]], widest: int = 5_000) -> Respond:
    """EIA's window and paging, and a warning on every page narrower than the total.

    `start` is compared as text with the stamp of the period. A page holds `widest` rows at most.
    """

    def respond(asked: Asked) -> Answer:
        first, length = int(asked.query["offset"]), int(asked.query["length"])
        known = [row for row in rows if row["period"] >= asked.query.get("start", "")]
        page = known[first : first + min(length, widest)]
        warning = [{"warning": "incomplete return", "description": "5000 rows in JSON format."}]
        more = {"warnings": warning} if len(page) < len(known) else {}
        return eia_page(page, str(len(known)), **more)

    return respond


def fred_body(days: list[str], values: list[str], count: int | None = None) -> dict[str, Any]:
    rows = [{"date": day, "value": value} for day, value in zip(days, values, strict=True)]
    return {"units": "lin", "count": len(rows) if count is None else count, "observations": rows}


def fred_server(days: list[str], values: list[str], widest: int = 100_000) -> Respond:
    """FRED's window and paging."""

    def respond(asked: Asked) -> Answer:
        first, limit = int(asked.query["offset"]), min(int(asked.query["limit"]), widest)
        start = asked.query.get("observation_start", "")
        known = [(day, value) for day, value in zip(days, values, strict=True) if day >= start]
        part = known[first : first + limit]
        return Answer(fred_body([d for d, _ in part], [v for _, v in part], len(known)))

    return respond


# What FRED says of its series, in its words.
FRED_UNITS = {
    "DCOILWTICO": ("Dollars per Barrel", "Daily"),
    "DCOILBRENTEU": ("Dollars per Barrel", "Daily"),
    "DHHNGSP": ("Dollars per Million BTU", "Daily"),
    "DGASNYH": ("Dollars per Gallon", "Daily"),
    "DHOILNYH": ("Dollars per Gallon", "Daily"),
    "DJFUELUSGULF": ("Dollars per Gallon", "Daily"),
    "DPROPANEMBTX": ("Dollars per Gallon", "Daily"),
    "VIXCLS": ("Index", "Daily, Close"),
    "OVXCLS": ("Index", "Daily, Close"),
    "SP500": ("Index", "Daily, Close"),
    "DTWEXBGS": ("Index Jan 2006=100", "Daily"),
    "DGS10": ("Percent", "Daily"),
    "INDPRO": ("Index 2017=100", "Monthly"),
    "CPIAUCSL": ("Index 1982-1984=100", "Monthly"),
}


def fred_description(asked: Asked, **changed: str) -> Answer:
    """FRED's description of a series; `changed` fields stand in for its own."""
    code = asked.query["series_id"]
    units, frequency = FRED_UNITS[code]
    described = {"id": code, "frequency": frequency, "units": units, "last_updated": "2024-07-10"}
    return Answer({"realtime_start": "2024-07-10", "seriess": [described | changed]})


def graph_file(
    days: list[str], values: list[str], code: str = "DCOILWTICO", day: str = "observation_date"
) -> str:
    """The CSV file of a graph at FRED."""
    rows = [f"{each},{value}" for each, value in zip(days, values, strict=True)]
    return "\n".join([f"{day},{code}", *rows, ""])


def graph_server(days: list[str], values: list[str]) -> Respond:
    """FRED's graphs: one series, cut at both ends if that is asked for."""

    def respond(asked: Asked) -> Answer:
        first, last = asked.query.get("cosd", ""), asked.query.get("coed", "9999")
        known = [(d, v) for d, v in zip(days, values, strict=True) if first <= d <= last]
        return Answer(graph_file([d for d, _ in known], [v for _, v in known], asked.query["id"]))

    return respond


def cftc_rows(
    days: list[str], net: list[int], code: str = "067651", short: int = 50_000
) -> list[dict[str, str]]:
    """CFTC's reports, numbers as text; `net` is long less short."""
    return [
        {
            "report_date_as_yyyy_mm_dd": f"{day}T00:00:00.000",
            "cftc_contract_market_code": code,
            "m_money_positions_long_all": str(short + each),
            "m_money_positions_short_all": str(short),
        }
        for day, each in zip(days, net, strict=True)
    ]


def cftc_server(rows: list[dict[str, str]], widest: int = 50_000) -> Respond:
    """Socrata's count, window and paging: 1,000 rows unless a `$limit` says otherwise."""

    def respond(asked: Asked) -> Answer:
        day = re.search(r"report_date_as_yyyy_mm_dd >= '([^']+)'", asked.query["$where"])
        first = day[1] if day else ""
        known = [row for row in rows if row["report_date_as_yyyy_mm_dd"] >= first]
        if asked.query["$select"].startswith("count("):
            return Answer([{"total": str(len(known))}])
        assert asked.query["$order"] == "report_date_as_yyyy_mm_dd"
        offset, limit = (int(asked.query.get(f"${name}", 0)) for name in ("offset", "limit"))
        return Answer(known[offset : offset + min(limit or 1_000, widest)])

    return respond


Vintage = tuple[str, str, str]  # day, first day it was known on, value


def alfred_server(vintages: list[Vintage], cap: int = 2_000) -> Respond:
    """ALFRED: values cut at the ends of the real-time period asked for, `cap` vintages at most."""
    dates = sorted({known for _, known, _ in vintages})

    def respond(asked: Asked) -> Answer:
        first = int(asked.query["offset"])
        if asked.path.endswith("/vintagedates"):
            part = dates[first : first + int(asked.query["limit"])]
            return Answer({"count": len(dates), "vintage_dates": part})
        start, end = asked.query["realtime_start"], asked.query["realtime_end"]
        if (within := sum(start <= date <= end for date in dates)) > cap:
            words = (
                f"Bad Request.  There are {within} vintage dates in the specified real-time "
                f"period: {start} to {end}.  This exceeds the maximum number of vintage dates "
                f"allowed ({cap})."
            )
            return Answer({"error_code": 400, "error_message": words}, 400)
        rows = list(_periods(vintages, start, end, asked.query.get("observation_start", "")))
        if asked.query.get("output_type") == "4":
            rows = [
                row
                for i, row in enumerate(rows)
                if row["date"] not in {each["date"] for each in rows[:i]}
            ]
        page = rows[first : first + int(asked.query["limit"])]
        return Answer({"units": "lin", "count": len(rows), "observations": page})

    return respond


def _periods(vintages: list[Vintage], start: str, end: str, since: str) -> Iterator[dict[str, str]]:
    """Each value with the part of its period that lies in start to end."""
    in_order = sorted(vintages)
    for (day, known, value), after in zip(in_order, [*in_order[1:], None], strict=True):
        until = after[1] if after and after[0] == day else "9999-12-31"
        if day >= since and known <= end and until > start:
            cut = {"realtime_start": max(known, start), "realtime_end": min(until, end)}
            yield {"date": day, "value": value, **cut}


def chart(symbol: str, days: list[str], closes: list[float | None], **meta: str) -> dict[str, Any]:
    """Yahoo's chart of daily bars, each stamped with midnight in New York."""
    stamps = [int(pd.Timestamp(day, tz="America/New_York").timestamp()) for day in days]
    quote = dict.fromkeys(("open", "high", "low", "close"), closes)
    stated = {
        "currency": "USD",
        "symbol": symbol,
        "instrumentType": "FUTURE",
        "dataGranularity": "1d",
        "exchangeTimezoneName": "America/New_York",
        "validRanges": ["1d", "max"],
        "priceHint": 2,
        "gmtoffset": -18000,
        "timezone": "EST",
        "firstTradeDate": stamps[0] if stamps else None,
    }
    result = {
        "meta": stated | meta,
        "timestamp": stamps,
        "indicators": {
            "quote": [quote | {"volume": [None if c is None else 100 for c in closes]}],
            "adjclose": [{"adjclose": closes}],
        },
    }
    return {"chart": {"result": [result], "error": None}}


def answer_of_any_upstream(asked: Asked) -> Answer:
    """A good answer to whatever a registered live source asks for."""
    days = business_days(3, "2024-01-02")
    if asked.path.startswith("/v2/"):
        return eia_page(eia_rows(days, ["71.5", ".833", "-36.98"], asked.query["facets[series][]"]))
    if asked.path.endswith("/fredgraph.csv"):
        return graph_server(days, ["71.5", "", "-36.98"])(asked)
    if asked.path.startswith("/resource/"):
        code = asked.query["$where"].split("'")[1]
        return cftc_server(cftc_rows(["2024-01-02", "2024-01-09"], [100, -100], code))(asked)
    if asked.path.endswith("/vintagedates"):
        return Answer({"count": 2, "vintage_dates": ["2024-01-05", "2024-01-10"]})
    if "realtime_start" in asked.query:
        known = dict.fromkeys(days, "2024-01-05")
        return alfred_server([(day, known[day], "71.5") for day in days])(asked)
    if asked.path.startswith("/fred/"):
        return Answer(fred_body(days, ["71.5", ".", "-36.98"]))
    if "/chart/" in asked.path:
        return Answer(chart(asked.path.rpartition("/")[2], days, [71.5, None, -36.98]))
    return Answer("crumb")
