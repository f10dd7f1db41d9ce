"""The answer of an upstream: bytes read within bounds, how they are read, stated errors."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, Generic, NamedTuple, TypeVar

import httpx

from wellhead.calendars import now, to_utc
from wellhead.errors import SourceFormatError
from wellhead.ingestion.pacing import Temporary

DEADLINE = 120.0  # seconds for a whole answer, however steadily it drips
LARGEST = 64 * 2**20  # bytes once unpacked; the largest real page has a fifth of that
_QUOTED = 300  # characters of an upstream's text that a message quotes
_Body = TypeVar("_Body")
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


class Reading(NamedTuple, Generic[_Body]):
    """A body as it was read: the body, what it is instead (else empty), the error it states."""

    body: _Body | None
    fault: str = ""
    reason: str = ""


Reader = Callable[[Answer], Reading[_Body]]


def read_object(answer: Answer) -> Reading[dict[str, Any]]:
    """The JSON object in a body."""
    body, fault = _read_json(answer)
    if not fault and not isinstance(body, dict):
        return Reading(None, "JSON that is not an object")
    return Reading(body, fault, stated_error(body or {}))


def read_list(answer: Answer) -> Reading[list[Any]]:
    """The JSON list in a body; an object in its place may state an error."""
    body, fault = _read_json(answer)
    if isinstance(body, dict):
        return Reading(None, "JSON that is not a list", stated_error(body))
    if not fault and not isinstance(body, list):
        return Reading(None, "JSON that is not a list")
    return Reading(body, fault)


def _read_json(answer: Answer) -> tuple[Any, str]:
    """The JSON of a body and "", or None and what the body is instead."""
    try:
        return json.loads(answer.content, parse_constant=_refuse_constant), ""
    except (ValueError, RecursionError) as error:
        return None, _instead(answer, str(error))


def _refuse_constant(name: str) -> float:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(f"the literal {name}")


def _instead(answer: Answer, fault: str) -> str:
    text = as_text(answer)
    if page := is_page(text):
        return f"{page} instead of JSON"
    if not text.startswith(("{", "[")):
        return "text instead of JSON"
    if fault.startswith("the literal"):
        return f"JSON with {fault}, which is not a number"
    return f"JSON that is cut off or malformed ({len(text)} characters)"


def is_page(text: str) -> str:
    """What to call a body that is HTML; empty for any other."""
    return "an HTML page" if text.startswith("<") else ""


def as_text(answer: Answer) -> str:
    """The body as text, read as UTF-8 whatever its header says."""
    return answer.content.decode("utf-8", errors="replace").strip()


def stated_error(body: dict[str, Any]) -> str:
    """The error that a body states, in EIA's two forms, FRED's or CFTC's; else an empty text."""
    error = body.get("error") or body.get("error_message") or ""
    if error is True or (not error and body.get("errorCode")):
        error = body.get("message") or body.get("code") or body.get("errorCode")
    if isinstance(error, dict):
        return ": ".join(str(error[part]) for part in ("code", "message") if part in error)
    return str(error)


def is_overloaded(answer: Answer, fault: str, reason: str) -> bool:
    """Whether a later attempt may succeed. `fault` and `reason` are those of the Reading."""
    text = (as_text(answer)[:500] if fault else reason).lower()
    throttled = any(words in text for words in _THROTTLED)
    return answer.status in (202, 408, 429) or answer.status >= 500 or throttled


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
