"""The fault suite's material: four upstreams that answer well, and the ways to spoil their answers.

A scenario is one fault at one source. Its outcome is the error that it must end in, or recovery.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from replay import (
    KEY,
    Answer,
    Asked,
    alfred_server,
    business_days,
    chart,
    eia_rows,
    eia_server,
    fred_description,
    fred_server,
)

from wellhead.errors import (
    EmptySourceError,
    LostDaysError,
    SourceFormatError,
    SourceUnavailableError,
    UnitMismatchError,
    ValidationRefusedError,
    WellheadError,
)

Respond = Callable[[Asked], Answer]
Spoil = Callable[[Answer, Asked], Answer]

STORED, LATER = 120, 130  # days that are stored before a fault, and days that there are by then
WIDEST = 40  # rows a page, so that an update is of several
DAYS = business_days(LATER, "2024-01-02")
MONTHS = [str(day.date()) for day in pd.date_range("2010-01-01", periods=LATER, freq="MS")]
VALUES: list[str | None] = [f"{70 + i % 9}.25" for i in range(LATER)]
VALUES[STORED + 3] = "-36.98"
VALUES[60] = VALUES[STORED + 5] = None  # holidays
LEVELS = [value if value != "-36.98" else "71.75" for value in VALUES]  # an index is positive


@dataclass(frozen=True)
class Upstreamed:
    """A source as it answers well: what it is asked for, and its answers when `count` days are."""

    source: str
    key: str
    frequency: str
    good: Callable[[int], Respond]

    def truth(self, count: int) -> list[tuple[str, float]]:
        days = MONTHS if self.frequency == "monthly" else DAYS
        values = LEVELS if self.frequency == "monthly" else VALUES
        valued = zip(days[:count], values, strict=False)
        return [(day, float(value)) for day, value in valued if value is not None]


def _eia(count: int) -> Respond:
    there = [(d, v) for d, v in zip(DAYS[:count], VALUES, strict=False) if v is not None]
    return eia_server(eia_rows([d for d, _ in there], [v for _, v in there]), WIDEST)


def _described(respond: Respond) -> Respond:
    return lambda asked: fred_description(asked) if asked.path == "/fred/series" else respond(asked)


def _fred(count: int) -> Respond:
    return _described(fred_server(DAYS[:count], [v or "." for v in VALUES[:count]], WIDEST))


def _alfred(count: int) -> Respond:
    known = [str((pd.Timestamp(month) + pd.Timedelta(days=45)).date()) for month in MONTHS]
    vintages = zip(MONTHS, known, [v or "." for v in LEVELS], strict=True)
    return _described(alfred_server(list(vintages)[:count]))


def _yahoo(count: int) -> Respond:
    closes = [None if v is None else float(v) for v in VALUES[:count]]
    answer = Answer(chart("CL=F", DAYS[:count], closes))
    return lambda asked: answer if "/chart/" in asked.path else Answer("crumb")


UPSTREAMS = {
    "eia": Upstreamed("eia", "WTI", "daily", _eia),
    "fred": Upstreamed("fred", "WTI", "daily", _fred),
    "alfred": Upstreamed("alfred", "INDUSTRIAL_PRODUCTION", "monthly", _alfred),
    "yahoo": Upstreamed("yahoo", "WTI_FRONT", "daily", _yahoo),
}


def spoilt(respond: Respond, spoil: Spoil, first: int, last: int) -> Respond:
    """An upstream that spoils its answers number `first` to `last`, from 1; crumbs do not count."""
    count = 0

    def answer(asked: Asked) -> Answer:
        nonlocal count
        good = respond(asked)
        if good.body == "crumb":
            return good
        count += 1
        return spoil(good, asked) if first <= count <= last else good

    return answer


# --- faults on the way, at any source -----------------------------------------------------------


def _instead(answer: Answer) -> Spoil:
    return lambda _good, _asked: answer


def _half(good: Answer) -> bytes:
    return good.content[: len(good.content) // 2]


ON_THE_WAY: dict[str, Spoil] = {
    "429": _instead(Answer("Too Many Requests", 429)),
    "429 with Retry-After": _instead(Answer("", 429, {"Retry-After": "3"})),
    "500": _instead(Answer("oops", 500)),
    "503 as a page of HTML": _instead(Answer("<html>Service Unavailable</html>", 503)),
    "too slow": lambda good, _: replace(good, delay=3),
    "a transfer cut short": lambda good, _: replace(
        good, body=_half(good), claimed=len(good.content)
    ),
    "a connection reset": lambda good, _: replace(
        good, body=_half(good), claimed=len(good.content), reset=True
    ),
    "JSON cut short": lambda good, _: replace(good, body=_half(good)),
    "HTML with status 200": _instead(Answer("<!DOCTYPE html><html>maintenance</html>")),
    "text with status 200": _instead(Answer("Too Many Requests")),
    "an empty body": _instead(Answer("")),
    "bytes that do not unpack": _instead(Answer("no", headers={"Content-Encoding": "gzip"})),
}
_FORMAT = ("JSON cut short", "HTML with status 200", "an empty body", "bytes that do not unpack")

_NO_JSON = ("500", "503 as a page of HTML")


def _lasting(source: str, name: str) -> type[WellheadError]:
    if source == "yahoo" and name == "bytes that do not unpack":
        return SourceUnavailableError  # curl does not tell it from a transfer that broke off
    if source == "yahoo" and name in _NO_JSON:
        return SourceFormatError  # yfinance reads the body and not the status
    return SourceFormatError if name in _FORMAT else SourceUnavailableError


# --- faults in what is said, source by source ---------------------------------------------------


def _body(change: Callable[[Any], Any], only: str = "") -> Spoil:
    """Changes the JSON of answers to paths that end with `only`."""

    def spoil(good: Answer, asked: Asked) -> Answer:
        if not asked.path.endswith(only):
            return good
        body = deepcopy(good.body)
        return replace(good, body=change(body) or body)

    return spoil


def _each(rows: str, change: Callable[[dict[str, Any]], Any], only: str = "") -> Spoil:
    """Changes every row of the list that `rows` leads to, as in `response.data`."""

    def all_of(body: Any) -> None:
        for name in rows.split("."):
            body = body[name]
        for row in body:
            change(row)

    return _body(all_of, only)


def _renamed(old: str, new: str) -> Callable[[dict[str, Any]], None]:
    return lambda row: row.update({new: row.pop(old)})


def _first_page(good: Respond) -> Spoil:
    """The first page, whatever page is asked for."""
    return lambda _, asked: good(replace(asked, query={**asked.query, "offset": "0"}))


def _with_nan(good: Answer, _asked: Asked) -> Answer:
    text = json.dumps(good.body)
    return replace(good, body=text.replace('"value": "70.25"', '"value": NaN', 1))


def _later_page(change: Callable[[Any], Any]) -> Spoil:
    changed = _body(change)
    return lambda good, asked: good if asked.query.get("offset") == "0" else changed(good, asked)


def _whole_eia(rows: list[dict[str, Any]], total: str | None = None) -> Answer:
    return Answer({"response": {"total": total or str(len(rows)), "data": rows}})


EIA: dict[str, tuple[Spoil, type[WellheadError]]] = {
    "no rows": (_instead(_whole_eia([])), EmptySourceError),
    "a field renamed": (_each("response.data", _renamed("value", "price")), SourceFormatError),
    "another unit": (
        _each("response.data", lambda row: row.update(units="CENTS/GAL")), UnitMismatchError
    ),
    "another series": (
        _each("response.data", lambda row: row.update(series="RBRTE")), SourceFormatError
    ),
    "a page that repeats": (_first_page(_eia(LATER)), SourceFormatError),
    "an empty page": (_later_page(lambda b: b["response"].update(data=[])), SourceFormatError),
    "a total that grows": (
        _later_page(lambda b: b["response"].update(total="9999")), SourceUnavailableError
    ),
    "no total": (_body(lambda b: b["response"].pop("total") and None), SourceFormatError),
    "NaN as a number": (_with_nan, SourceFormatError),
    "cut, and said to be whole": (
        _body(lambda b: b["response"].update(total=str(len(b["response"]["data"])))),
        SourceFormatError,
    ),
    "an error with status 200": (
        _instead(Answer({"error": "no such route", "code": 404})), SourceUnavailableError
    ),
    "a key that is refused": (
        _instead(Answer({"error": {"code": "API_KEY_INVALID", "message": KEY}}, 403)),
        SourceUnavailableError,
    ),
    "text for numbers": (
        _each("response.data", lambda row: row.update(value="n.v.")), ValidationRefusedError
    ),
    "other days than are stored": (
        _instead(_whole_eia(eia_rows(DAYS[STORED:], ["70.5"] * 10))), LostDaysError
    ),
    "days twice": (
        _body(lambda b: b["response"]["data"].__setitem__(slice(1, 6), b["response"]["data"][:5])),
        ValidationRefusedError,
    ),
}  # fmt: skip

_SEEN = "/observations"
FRED: dict[str, tuple[Spoil, type[WellheadError]]] = {
    "no rows": (_body(lambda b: b.update(count=0, observations=[]), _SEEN), EmptySourceError),
    "a field renamed": (
        _each("observations", _renamed("value", "val"), _SEEN), SourceFormatError
    ),
    "another unit": (
        _body(lambda b: b["seriess"][0].update(units="Cents per Gallon"), "/series"),
        UnitMismatchError,
    ),
    "another frequency": (
        _body(lambda b: b["seriess"][0].update(frequency="Quarterly"), "/series"),
        SourceFormatError,
    ),
    "growth rates": (_body(lambda b: b.update(units="pch"), _SEEN), UnitMismatchError),
    "no total": (_body(lambda b: b.pop("count") and None, _SEEN), SourceFormatError),
    "an error with status 200": (
        _instead(Answer({"error_code": 400, "error_message": "Bad Request."})),
        SourceUnavailableError,
    ),
    "a key that is refused": (
        _instead(Answer({"error_code": 400, "error_message": "The value for variable api_key is "
                         "not registered."}, 400)),
        SourceUnavailableError,
    ),
    "NaN as a number": (_with_nan, SourceFormatError),
    "text for numbers": (
        _each("observations", lambda row: row.update(value="n.v."), _SEEN), ValidationRefusedError
    ),
}  # fmt: skip
FRED_ALONE: dict[str, tuple[Spoil, type[WellheadError]]] = {
    "a page that repeats": (_first_page(_fred(LATER)), SourceFormatError),
    "an empty page": (_later_page(lambda b: b.update(observations=[])), SourceFormatError),
    "a total that grows": (_later_page(lambda b: b.update(count=9_999)), SourceUnavailableError),
    "dots for all values": (
        _each("observations", lambda row: row.update(value="."), _SEEN), LostDaysError
    ),
}  # fmt: skip
ALFRED: dict[str, tuple[Spoil, type[WellheadError]]] = {
    "no vintages": (
        _body(lambda b: b.update(count=0, vintage_dates=[]), "/vintagedates"), EmptySourceError
    ),
    "vintages that are no days": (
        _body(lambda b: b.update(count=1, vintage_dates=["soon"]), "/vintagedates"),
        SourceFormatError,
    ),
    "no real-time period": (
        _each("observations", lambda row: row.pop("realtime_start"), _SEEN), SourceFormatError
    ),
    "known before its day": (
        _each("observations", lambda row: row.update(realtime_start="1990-01-01"), _SEEN),
        SourceFormatError,
    ),
}  # fmt: skip


def _chart(change: Callable[[dict[str, Any]], Any]) -> Spoil:
    def first(body: Any) -> None:
        change(body["chart"]["result"][0])

    return _body(first)


YAHOO: dict[str, tuple[Spoil, type[WellheadError]]] = {
    "no bars": (_instead(Answer(chart("CL=F", [], []))), EmptySourceError),
    "no data": (
        _instead(Answer({"chart": {"result": None, "error": {"code": "Not Found",
                                                             "description": "No data"}}})),
        EmptySourceError,
    ),
    "another currency": (_chart(lambda c: c["meta"].update(currency="GBP")), UnitMismatchError),
    "coarser bars": (
        _chart(lambda c: c["meta"].update(dataGranularity="1wk")), SourceFormatError
    ),
    "another symbol": (_chart(lambda c: c["meta"].update(symbol="BZ=F")), SourceFormatError),
    "no closes": (
        _chart(lambda c: c["indicators"]["quote"][0].pop("close") and None), SourceFormatError
    ),
    "nulls for all prices": (
        _chart(lambda c: c["indicators"]["quote"][0].update(close=[None] * LATER)),
        LostDaysError,
    ),
}  # fmt: skip

SAID = {
    "eia": EIA,
    "fred": FRED | FRED_ALONE,
    "alfred": {k: v for k, v in FRED.items() if k != "no rows"} | ALFRED,
    "yahoo": YAHOO,
}


@dataclass(frozen=True)
class Scenario:
    """One fault at one source: the answers it spoils, and the error it must end in, if any."""

    source: str
    fault: str
    spoil: Spoil
    answers: tuple[int, int]
    error: type[WellheadError] | None

    def __str__(self) -> str:
        return f"{self.source}: {self.fault}"


_EVER = 10_000


def scenarios() -> list[Scenario]:
    """All of them: passing faults first, then those that last."""
    passing = [
        Scenario(source, f"{name}, twice, amid the answers", spoil, (2, 3), None)
        for source in UPSTREAMS
        for name, spoil in ON_THE_WAY.items()
    ]
    lasting = [
        Scenario(source, f"{name}, lasting", spoil, (2 if source != "yahoo" else 1, _EVER),
                 _lasting(source, name))
        for source in UPSTREAMS
        for name, spoil in ON_THE_WAY.items()
    ]  # fmt: skip
    said = [
        Scenario(source, name, spoil, (1, _EVER), error)
        for source, faults in SAID.items()
        for name, (spoil, error) in faults.items()
    ]
    return [*passing, *lasting, *said]
