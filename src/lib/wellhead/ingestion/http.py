"""JSON over HTTP for the live sources: paced, patient within bounds, and silent about keys."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote
from urllib.request import getproxies, proxy_bypass

import httpx
from pydantic import SecretStr

from wellhead import __version__
from wellhead.calendars import now, to_utc
from wellhead.errors import SettingsError, SourceFormatError, SourceUnavailableError
from wellhead.ingestion.pacing import Pace, Temporary, persistently
from wellhead.settings import get_settings, variable

TIMEOUT = httpx.Timeout(30.0, connect=10.0)  # seconds, for each wait on the network
_THROTTLED = ("too many requests", "over_rate_limit", "rate limit exceeded")


class _KeyedTransport(httpx.HTTPTransport):
    """Puts the key on the wire alone: no URL that httpx logs, shows or raises holds it."""

    def __init__(self, key: SecretStr, proxy: str | None) -> None:
        super().__init__(proxy=proxy)
        self._key = key

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return super().handle_request(
            httpx.Request(
                request.method,
                request.url.copy_merge_params({"api_key": self._key.get_secret_value()}),
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )


class JsonApi:
    """An upstream that takes its key as `api_key` and answers in JSON. Use it in a `with`.

    Key and base URL are the settings `<source>_api_key` and `<source>_base_url`. Raises
    SettingsError, naming the variable, if there is no key or the URL is none.
    """

    def __init__(self, source: str, pace: Pace, key_page: str) -> None:
        self._source, self._pace, self._key_page = source, pace, key_page
        self._key_variable = variable(f"{source}_api_key")
        self._key = self._required_key()
        url = self._required_url()
        proxy = None if proxy_bypass(url.host) else getproxies().get(url.scheme)
        self._client = httpx.Client(
            base_url=url,
            transport=_KeyedTransport(self._key, proxy),
            timeout=TIMEOUT,
            headers={"User-Agent": f"wellhead/{__version__}", "Accept": "application/json"},
        )

    def __enter__(self) -> "JsonApi":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """The JSON object at `path`.

        Raises SourceUnavailableError if the source cannot be reached or refuses, and
        SourceFormatError if the answer is no JSON object.
        """
        return persistently(lambda: self._ask(path, params))

    def _ask(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        self._pace.wait()
        try:
            response = self._client.get(path, params=params)
        except httpx.TimeoutException:
            raise Temporary(f"{self._source} did not answer in {TIMEOUT.read:.0f} s") from None
        except httpx.RequestError as error:
            fault = "cannot be reached" if isinstance(error, httpx.ConnectError) else "broke off"
            reason = self._redacted(str(error))
            raise Temporary(f"{self._source} {fault}: {reason}") from None
        return self._examined(response)

    def _examined(self, response: httpx.Response) -> dict[str, Any]:
        """The body, if it is the answer; an error body counts whatever its status is."""
        stated = f"HTTP {response.status_code} {response.reason_phrase}".rstrip()
        body, fault = _read_object(response)
        reason = _stated_error(body)
        if _is_overloaded(response, body, reason):
            raise Temporary(f"{self._source} answered {stated}", wait=_retry_after(response))
        if reason or not response.is_success:
            raise self._refusal(f"{stated} {self._redacted(reason)}".rstrip(". "))
        if fault:
            raise Temporary(f"{self._source} answered {fault}", becomes=SourceFormatError)
        return body

    def _refusal(self, stated: str) -> SourceUnavailableError:
        advice = f"If {variable(f'{self._source}_base_url')} is set, check where it leads"
        if "api_key" in stated.lower():
            advice = f"Correct {self._key_variable}; a key is free at {self._key_page}"
        return SourceUnavailableError(f"{self._source} refused: {stated}. {advice}.")

    def _redacted(self, text: str) -> str:
        secret = self._key.get_secret_value()
        for written in (secret, quote(secret, safe="")):
            text = text.replace(written, "***")
        return " ".join(text.split())

    def _required_key(self) -> SecretStr:
        key: SecretStr | None = getattr(get_settings(), f"{self._source}_api_key")
        if not key:
            raise SettingsError(
                f"source {self._source} needs setting {self._key_variable}: a key is free at "
                f"{self._key_page}."
            )
        return key

    def _required_url(self) -> httpx.URL:
        field = f"{self._source}_base_url"
        try:
            url = httpx.URL(getattr(get_settings(), field))
        except httpx.InvalidURL:
            url = httpx.URL()
        if url.scheme not in ("http", "https") or not url.host:
            raise SettingsError(f"{variable(field)} is no URL: write https://host[:port].")
        return url


def _read_object(response: httpx.Response) -> tuple[dict[str, Any], str]:
    """The JSON object in the body, or an empty one and what stands there instead."""
    text = response.text.strip()
    try:
        body = response.json()
    except ValueError:
        if text.startswith("<"):
            return {}, "an HTML page where JSON was due"
        if not text.startswith(("{", "[")):
            return {}, "text where JSON was due"
        return {}, f"JSON that breaks off or is malformed ({len(text)} characters)"
    return (body, "") if isinstance(body, dict) else ({}, "JSON that is no object")


def _stated_error(body: dict[str, Any]) -> str:
    """The error a body states: EIA's two shapes and FRED's, or nothing."""
    error = body.get("error") or body.get("error_message") or ""
    if isinstance(error, dict):
        return ": ".join(str(error[part]) for part in ("code", "message") if part in error)
    return str(error)


def _is_overloaded(response: httpx.Response, body: dict[str, Any], reason: str) -> bool:
    said = (reason if body else response.text[:500]).lower()
    throttled = any(words in said for words in _THROTTLED)
    return response.status_code in (408, 429) or response.status_code >= 500 or throttled


def _retry_after(response: httpx.Response) -> float | None:
    """The pause that the header asks for, in seconds: it holds seconds, or a date."""
    stated = response.headers.get("Retry-After", "").strip()
    if stated.isdecimal():
        return float(stated)
    try:
        return max(0.0, (to_utc(parsedate_to_datetime(stated)) - now()).total_seconds())
    except ValueError:
        return None
