"""What an upstream answered: its bytes read within bounds, and what they say."""

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
LARGEST = 64 * 2**20  # bytes once unpacked; the largest honest page is a fifth of it
_QUOTED = 300  # characters of an upstream's own words that a message repeats
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
    """Read the body as it comes; Temporary if it takes longer or is larger than is sane."""
    began, content = monotonic(), bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > LARGEST:
            raise Temporary(
                f"{source} answered more than {LARGEST // 2**20} MiB", becomes=SourceFormatError
            )
        if monotonic() - began > DEADLINE:
            raise Temporary(f"{source} did not end its answer in {DEADLINE:.0f} s")
    phrase = response.reason_phrase
    return Answer(response.status_code, phrase, response.headers, bytes(content))


def read_object(answer: Answer) -> tuple[dict[str, Any], str]:
    """The JSON object in the body, or an empty one and what stands there instead."""
    try:
        body = json.loads(answer.content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return {}, _instead(answer, str(error))
    return (body, "") if isinstance(body, dict) else ({}, "JSON that is no object")


def _refuse_constant(name: str) -> float:
    """Python reads NaN and Infinity; JSON has no such numbers, nor have prices."""
    raise ValueError(f"the literal {name}")


def _instead(answer: Answer, fault: str) -> str:
    text = as_text(answer)
    if text.startswith("<"):
        return "an HTML page where JSON was due"
    if not text.startswith(("{", "[")):
        return "text where JSON was due"
    if fault.startswith("the literal"):
        return f"JSON with {fault}, which is no number"
    return f"JSON that breaks off or is malformed ({len(text)} characters)"


def as_text(answer: Answer) -> str:
    """The body to look at, whatever character set its header claims."""
    return answer.content.decode("utf-8", errors="replace").strip()


def stated_error(body: dict[str, Any]) -> str:
    """The error a body states: EIA's two shapes and FRED's, or nothing."""
    error = body.get("error") or body.get("error_message") or ""
    if isinstance(error, dict):
        return ": ".join(str(error[part]) for part in ("code", "message") if part in error)
    return str(error)


def is_overloaded(answer: Answer, body: dict[str, Any], reason: str) -> bool:
    """Whether asking again later may help."""
    said = (reason if body else as_text(answer)[:500]).lower()
    throttled = any(words in said for words in _THROTTLED)
    return answer.status in (408, 429) or answer.status >= 500 or throttled


def retry_after(answer: Answer) -> float | None:
    """The pause that the header asks for, in seconds: it holds seconds, or a date."""
    stated = answer.headers.get("Retry-After", "").strip()
    if stated.isdecimal():
        return float(stated)
    try:
        return max(0.0, (to_utc(parsedate_to_datetime(stated)) - now()).total_seconds())
    except ValueError:
        return None


def brief(text: str) -> str:
    """An upstream's words on one line, without control characters, and not without end."""
    line = "".join(sign if sign.isprintable() else " " for sign in " ".join(text.split()))
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED]} …"
