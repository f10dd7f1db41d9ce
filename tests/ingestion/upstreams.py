"""The live sources as they answer well: what each is asked for, and what is true of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from tests.ingestion.forms import (
    alfred_server,
    business_days,
    cftc_rows,
    cftc_server,
    chart,
    eia_rows,
    eia_server,
    fred_description,
    fred_server,
    graph_server,
)
from tests.ingestion.replay import Answer, Respond

STORED, LATER = 120, 130  # days that are stored before a fault, and days that there are by then
WIDEST = 40  # rows a page, so that an update is of several
DAYS = business_days(LATER, "2024-01-02")
MONTHS = [str(day.date()) for day in pd.date_range("2010-01-01", periods=LATER, freq="MS")]
VALUES: list[str | None] = [f"{70 + i % 9}.25" for i in range(LATER)]
VALUES[STORED + 3] = "-36.98"
VALUES[60] = VALUES[STORED + 5] = None  # holidays
WEEKS = [str(day.date()) for day in pd.date_range("2010-01-05", periods=LATER, freq="7D")]
NET = [1_000 * (i % 9) - 3_000 for i in range(LATER)]
LEVELS = [value if value != "-36.98" else "71.75" for value in VALUES]  # an index is positive


@dataclass(frozen=True)
class Upstreamed:
    """A source as it answers well: what it is asked for, and its answers when `count` days are."""

    source: str
    key: str
    frequency: str
    good: Callable[[int], Respond]
    first: int = 2
    """The first of its answers that a fault on the way spoils; the one before it is good."""
    key_variable: str = ""
    """A setting that it goes without."""

    def truth(self, count: int) -> list[tuple[str, float]]:
        days, values = _TRUTHS[self.frequency]
        valued = zip(days[:count], values, strict=False)
        return [(day, float(value)) for day, value in valued if value is not None]


_TRUTHS: dict[str, tuple[list[str], Sequence[str | int | None]]] = {
    "daily": (DAYS, VALUES),
    "weekly": (WEEKS, NET),
    "monthly": (MONTHS, LEVELS),
}


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


def _graph(count: int) -> Respond:
    return graph_server(DAYS[:count], [v or "" for v in VALUES[:count]])


def _cftc(count: int) -> Respond:
    return cftc_server(cftc_rows(WEEKS[:count], NET[:count]), WIDEST)


def _yahoo(count: int) -> Respond:
    closes = [None if v is None else float(v) for v in VALUES[:count]]
    answer = Answer(chart("CL=F", DAYS[:count], closes))
    return lambda asked: answer if "/chart/" in asked.path else Answer("crumb")


UPSTREAMS = {
    "eia": Upstreamed("eia", "WTI", "daily", _eia),
    "fred": Upstreamed("fred", "WTI", "daily", _fred),
    "alfred": Upstreamed("alfred", "INDUSTRIAL_PRODUCTION", "monthly", _alfred),
    "fred without a key": Upstreamed("fred", "WTI", "daily", _graph, 1, "FRED_API_KEY"),
    "cftc": Upstreamed("cftc", "WTI_MANAGED_MONEY_NET", "weekly", _cftc),
    "yahoo": Upstreamed("yahoo", "WTI_FRONT", "daily", _yahoo, 1),
}
