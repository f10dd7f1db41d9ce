"""The answer of an upstream: bytes read within bounds, JSON, stated errors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any

import httpx

from wellhead.calendars import now, to_utc
from wellhead.errors import SourceFormatError
from wellhead.ingestion.pacing import Temporary

DEADLINE = 120.0  # seconds for a whole answer, however steadily it drips
LARGEST = 64 * 2**20  # bytes once unpacked; the largest real page has a fifth of that
_QUOTED = 300  # characters of an upstream's text that a message quotes
_THROTTLED = ("too many requests", "over_rate_limit", "rate limit exceeded")


@dataclass(frozen=True)
class Answer:
    """One answer, complete."""

    status: int
    phrase: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def stated(self) -> str:
        return f"HTTP {self.status} {brief(self.phrase)}".rstrip()


def receive(response: httpx.Response, source: str) -> Answer:
    """Read the body. Raises Temporary if it takes longer than DEADLINE or exceeds LARGEST."""
    began, content = monotonic(), bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > LARGEST:
            raise Temporary(
                f"{source} answered more than {LARGEST // 2**20} MiB", becomes=SourceFormatError
            )
        if monotonic() - began > DEADLINE:
            raise Temporary(f"{source} did not finish its answer within {DEADLINE:.0f} s")
    phrase = response.reason_phrase
    return Answer(response.status_code, phrase, response.headers, bytes(content))


def read_object(answer: Answer) -> tuple[dict[str, Any], str]:
    """The JSON object in the body and "", or an empty object and what the body is instead."""
    try:
        body = json.loads(answer.content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return {}, _instead(answer, str(error))
    return (body, "") if isinstance(body, dict) else ({}, "JSON that is not an object")


def _refuse_constant(name: str) -> float:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(f"the literal {name}")


def _instead(answer: Answer, fault: str) -> str:
    text = as_text(answer)
    if text.startswith("<"):
        return "an HTML page instead of JSON"
    if not text.startswith(("{", "[")):
        return "text instead of JSON"
    if fault.startswith("the literal"):
        return f"JSON with {fault}, which is not a number"
    return f"JSON that is cut off or malformed ({len(text)} characters)"


def as_text(answer: Answer) -> str:
    """The body as text, read as UTF-8 whatever its header says."""
    return answer.content.decode("utf-8", errors="replace").strip()


def stated_error(body: dict[str, Any]) -> str:
    """The error that a body states, in one of EIA's two forms or FRED's; else an empty text."""
    error = body.get("error") or body.get("error_message") or ""
    if isinstance(error, dict):
        return ": ".join(str(error[part]) for part in ("code", "message") if part in error)
    return str(error)


def is_overloaded(answer: Answer, body: dict[str, Any], reason: str) -> bool:
    """Whether a later attempt may succeed."""
    text = (reason if body else as_text(answer)[:500]).lower()
    throttled = any(words in text for words in _THROTTLED)
    return answer.status in (408, 429) or answer.status >= 500 or throttled


def retry_after(answer: Answer) -> float | None:
    """The pause in seconds that the header `Retry-After` asks for, as seconds or as a date."""
    stated = answer.headers.get("Retry-After", "").strip()
    if stated.isdecimal():
        return float(stated)
    try:
        return max(0.0, (to_utc(parsedate_to_datetime(stated)) - now()).total_seconds())
    except ValueError:
        return None


def brief(text: str) -> str:
    """An upstream's text on one line, without control characters, at most _QUOTED long."""
    line = "".join(sign if sign.isprintable() else " " for sign in " ".join(text.split()))
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED]} …"
