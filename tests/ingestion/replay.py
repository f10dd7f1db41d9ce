"""A loopback server that answers as the upstreams do, well or badly, and answers in their forms.

Recorded answers lie beside a development checkout and are never copied into it.
"""

import json
import threading
from collections.abc import Callable
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

    @property
    def content(self) -> bytes:
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
                upstream.asked.append(asked)
                upstream._send(self, upstream._next(asked))

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
            handler.wfile.write(answer.content)
        except OSError:
            return  # the client gave up waiting, as it should


def recorded(name: str) -> Any:
    """A recorded answer of an upstream; skips where the development data is absent."""
    path = RESPONSES / name
    if not path.exists():
        pytest.skip(f"the recorded answer {name} is not beside this checkout")
    return json.loads(path.read_text(encoding="utf-8"))


def business_days(count: int, start: str = "1986-01-02") -> list[str]:
    return [str(day.date()) for day in pd.bdate_range(start, periods=count)]


# --- answers in the upstreams' forms ------------------------------------------------------------

EIA_UNITS = {"RNGWHHD": "$/MMBTU", "WCESTUS1": "MBBL", "RWTC": "$/BBL", "RBRTE": "$/BBL"}


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


def eia_server(rows: list[dict[str, Any]]) -> Callable[[Asked], Answer]:
    """EIA's paging: `offset` and `length`, and a warning on every page narrower than the total."""

    def respond(asked: Asked) -> Answer:
        first, length = int(asked.query["offset"]), int(asked.query["length"])
        page = rows[first : first + min(length, 5_000)]
        warning = [{"warning": "incomplete return", "description": "5000 rows in JSON format."}]
        more = {"warnings": warning} if len(page) < len(rows) else {}
        return eia_page(page, str(len(rows)), **more)

    return respond


def fred_body(days: list[str], values: list[str], count: int | None = None) -> dict[str, Any]:
    rows = [{"date": day, "value": value} for day, value in zip(days, values, strict=True)]
    return {"units": "lin", "count": len(rows) if count is None else count, "observations": rows}


def fred_server(days: list[str], values: list[str]) -> Callable[[Asked], Answer]:
    def respond(asked: Asked) -> Answer:
        first, limit = int(asked.query["offset"]), int(asked.query["limit"])
        part = slice(first, first + limit)
        return Answer(fred_body(days[part], values[part], len(days)))

    return respond


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
    if asked.path.startswith("/fred/"):
        return Answer(fred_body(days, ["71.5", ".", "-36.98"]))
    if "/chart/" in asked.path:
        return Answer(chart(asked.path.rpartition("/")[2], days, [71.5, None, -36.98]))
    return Answer("crumb")
