"""A loopback server that answers as the upstreams do, well or badly, and answers in their forms.

Recorded answers lie beside a development checkout and are never copied into it.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest

KEY = "k3y+that/never=shows"  # with signs that a URL writes otherwise
SHOWN = "k3y"  # what betrays it, however it is written
RESPONSES = Path(__file__).resolve().parents[3] / "shared" / "data" / "responses"


@dataclass(frozen=True)
class Answer:
    """One scripted answer; a `claimed` length above the body's is a transfer that breaks off."""

    body: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    claimed: int | None = None
    drip: float = 0.0
    """Seconds between the bytes of the body."""
    reset: bool = False
    """Whether the connection is reset behind the body."""

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass(frozen=True)
class Asked:
    """One request as the server received it."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


class Upstream:
    """The server: it answers from a script, then by a function; and it notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.aside = {"/fred/series": fred_description}  # answered ahead of the script, not noted
        self.pauses: list[float] = []
        self._script: list[Answer] = []
        self._respond: Callable[[Asked], Answer] = lambda _: Answer("nothing is scripted", 404)
        self._stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def script(self, *answers: Answer) -> None:
        """Answer these first, one a request."""
        self._script.extend(answers)

    def serve(self, respond: Callable[[Asked], Answer]) -> None:
        """Answer by this function once the script has run out."""
        self._respond = respond

    def close(self) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                asked = Asked(parts.path, query, dict(self.headers))
                if asked.path in upstream.aside:
                    return upstream._send(self, upstream.aside[asked.path](asked))
                upstream.asked.append(asked)
                return upstream._send(self, upstream._next(asked))

            def log_message(self, format: str, *args: object) -> None:
                """A test's output is no server log."""

        return Handler

    def _next(self, asked: Asked) -> Answer:
        return self._script.pop(0) if self._script else self._respond(asked)

    def _send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        self._stopped.wait(answer.delay)
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        length = len(answer.content) if answer.claimed is None else answer.claimed
        handler.send_header("Content-Length", str(length))
        handler.end_headers()
        try:
            if not answer.drip:
                handler.wfile.write(answer.content)
            for byte in answer.content if answer.drip else b"":
                handler.wfile.write(bytes([byte]))
                self._stopped.wait(answer.drip)
        except OSError:
            return  # the client gave up waiting, as it should
        if answer.reset:
            linger = struct.pack("ii", 1, 0)  # closing resets the connection
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.close_connection = True
            handler.connection.close()


def recorded(name: str) -> Any:
    """A recorded answer of an upstream; skips where the development data is absent."""
    path = RESPONSES / name
    if not path.exists():
        pytest.skip(f"the recorded answer {name} is not beside this checkout")
    return json.loads(path.read_text(encoding="utf-8"))


def business_days(count: int, start: str = "1986-01-02") -> list[str]:
    return [str(day.date()) for day in pd.bdate_range(start, periods=count)]


# --- answers in the upstreams' forms ------------------------------------------------------------

EIA_UNITS = {
    **{"RNGWHHD": "$/MMBTU", "WCESTUS1": "MBBL", "RWTC": "$/BBL", "RBRTE": "$/BBL"},
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


def eia_server(rows: list[dict[str, Any]], widest: int = 5_000) -> Callable[[Asked], Answer]:
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


def fred_server(
    days: list[str], values: list[str], widest: int = 100_000
) -> Callable[[Asked], Answer]:
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
    "VIXCLS": ("Index", "Daily, Close"),
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
    said = {"id": code, "frequency": frequency, "units": units, "last_updated": "2024-07-10"}
    return Answer({"realtime_start": "2024-07-10", "seriess": [said | changed]})


Vintage = tuple[str, str, str]  # day, first day it was known on, value


def alfred_server(vintages: list[Vintage], cap: int = 2_000) -> Callable[[Asked], Answer]:
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
            rows = [row for i, row in enumerate(rows) if row["date"] not in
                    {each["date"] for each in rows[:i]}]  # fmt: skip
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
        "currency": "USD", "symbol": symbol, "instrumentType": "FUTURE", "dataGranularity": "1d",
        "exchangeTimezoneName": "America/New_York", "validRanges": ["1d", "max"], "priceHint": 2,
        "gmtoffset": -18000, "timezone": "EST", "firstTradeDate": stamps[0] if stamps else None,
    }  # fmt: skip
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
