"""Ways to spoil an answer that is good: on its way, whatever it says, or in what it says."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from tests.ingestion.replay import Answer, Asked, Respond

Spoil = Callable[[Answer, Asked], Answer]


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


def instead(answer: Answer) -> Spoil:
    return lambda _good, _asked: answer


def _half(good: Answer) -> bytes:
    return good.content[: len(good.content) // 2]


ON_THE_WAY: dict[str, Spoil] = {
    "429": instead(Answer("Too Many Requests", 429)),
    "429 with Retry-After": instead(Answer("", 429, {"Retry-After": "3"})),
    "500": instead(Answer("oops", 500)),
    "503 as a page of HTML": instead(Answer("<html>Service Unavailable</html>", 503)),
    "too slow": lambda good, _: replace(good, delay=3),
    "a transfer cut short": lambda good, _: replace(
        good, body=_half(good), claimed=len(good.content)
    ),
    "a connection reset": lambda good, _: replace(
        good, body=_half(good), claimed=len(good.content), reset=True
    ),
    "JSON cut short": lambda good, _: replace(good, body=_half(good)),
    "HTML with status 200": instead(Answer("<!DOCTYPE html><html>maintenance</html>")),
    "text with status 200": instead(Answer("Too Many Requests")),
    "an empty body": instead(Answer("")),
    "bytes that do not unpack": instead(Answer("no", headers={"Content-Encoding": "gzip"})),
}


def changed(change: Callable[[Any], Any], only: str = "") -> Spoil:
    """Changes the JSON of answers to paths that end with `only`."""

    def spoil(good: Answer, asked: Asked) -> Answer:
        if not asked.path.endswith(only):
            return good
        body = deepcopy(good.body)
        return replace(good, body=change(body) or body)

    return spoil


def in_text(change: Callable[[str], str]) -> Spoil:
    """Changes the text of an answer."""
    return lambda good, _asked: replace(good, body=change(good.body))


def each_line(change: Callable[[str], str]) -> Spoil:
    """Changes every line of a CSV file below its header."""

    def all_of(text: str) -> str:
        header, *lines = text.splitlines()
        return "\n".join([header, *map(change, lines), ""])

    return in_text(all_of)


def each_row(rows: str, change: Callable[[dict[str, Any]], Any], only: str = "") -> Spoil:
    """Changes every row of the list that `rows` leads to, as in `response.data`."""

    def all_of(body: Any) -> None:
        for name in rows.split("."):
            body = body[name]
        for row in body:
            change(row)

    return changed(all_of, only)


def renamed(old: str, new: str) -> Callable[[dict[str, Any]], None]:
    return lambda row: row.update({new: row.pop(old)})


def first_page(good: Respond) -> Spoil:
    """The first page, whatever page is asked for."""
    return lambda _, asked: good(replace(asked, query={**asked.query, "offset": "0"}))


def with_nan(good: Answer, _asked: Asked) -> Answer:
    text = json.dumps(good.body)
    return replace(good, body=text.replace('"value": "70.25"', '"value": NaN', 1))


def later_page(change: Callable[[Any], Any]) -> Spoil:
    spoil = changed(change)
    return lambda good, asked: good if asked.query.get("offset") == "0" else spoil(good, asked)


def in_chart(change: Callable[[dict[str, Any]], Any]) -> Spoil:
    """Changes the one chart of Yahoo's answers."""
    return changed(lambda body: change(body["chart"]["result"][0]) and None)
