"""JSON over HTTP for the live sources: paced, retried within bounds, and without keys in texts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus
from urllib.request import getproxies, proxy_bypass

import httpx
from pydantic import SecretStr

from wellhead import __version__
from wellhead.errors import SettingsError, SourceFormatError, SourceUnavailableError
from wellhead.ingestion.backfill import KeptPages
from wellhead.ingestion.pacing import Pace, Temporary, with_retries
from wellhead.ingestion.responses import (
    Answer,
    brief,
    is_overloaded,
    read_object,
    receive,
    retry_after,
    stated_error,
)
from wellhead.settings import get_settings, variable

_SHORTEST_KEY = 8
TIMEOUT = httpx.Timeout(30.0, connect=10.0)  # seconds, for each wait on the network


class _KeyedTransport(httpx.HTTPTransport):
    """Adds the key to the request that is sent: no URL that httpx logs or raises contains it."""

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
    SettingsError that names the variable, if there is no key or the URL is not valid.
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

    def kept(self, path: str, params: Mapping[str, str]) -> KeptPages:
        """The pages of a request that an earlier attempt has kept."""
        return KeptPages(self._source, str(self._client.base_url), path, params)

    def get(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """The JSON object at `path`.

        Raises SourceUnavailableError if the source cannot be reached or refuses, and
        SourceFormatError if the answer is not a JSON object.
        """
        return with_retries(lambda: self._ask(path, params))

    def _ask(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        self._pace.wait()
        try:
            with self._client.stream("GET", path, params=params) as response:
                answer = receive(response, self._source)
        except httpx.TimeoutException:
            raise Temporary(f"{self._source} did not answer in {TIMEOUT.read:.0f} s") from None
        except httpx.DecodingError:
            fault = f"{self._source} answered with bytes that cannot be unpacked"
            raise Temporary(fault, becomes=SourceFormatError) from None
        except httpx.RequestError as error:
            fault = "cannot be reached" if isinstance(error, httpx.ConnectError) else "broke off"
            reason = self._redacted(str(error))
            raise Temporary(f"{self._source} {fault}: {reason}") from None
        return self._checked(answer)

    def _checked(self, answer: Answer) -> dict[str, Any]:
        """The body of an answer.

        Raises Temporary or SourceUnavailableError if the status or the body states an error; a body
        may state one under status 200.
        """
        body, fault = read_object(replace(answer, content=self._without_key(answer.content)))
        reason = stated_error(body)
        stated = self._redacted(answer.stated)
        if is_overloaded(answer, body, reason):
            raise Temporary(f"{self._source} answered {stated}", wait=retry_after(answer))
        if reason or not 200 <= answer.status < 300:
            raise self._refusal(f"{stated} {self._redacted(reason)}".rstrip(". "))
        if fault:
            raise Temporary(f"{self._source} answered with {fault}", becomes=SourceFormatError)
        return body

    def _refusal(self, stated: str) -> SourceUnavailableError:
        advice = f"If {variable(f'{self._source}_base_url')} is set, check where it leads"
        if "api_key" in stated.lower():
            advice = f"Correct {self._key_variable}; a key is free at {self._key_page}"
        return SourceUnavailableError(f"{self._source} refused: {stated}. {advice}.")

    def _redacted(self, text: str) -> str:
        return brief(self._without_key(text.encode()).decode())

    def _without_key(self, text: bytes) -> bytes:
        """Remove the key. EIA repeats the request in its answer, key included."""
        secret = self._key.get_secret_value()
        written = {secret, quote(secret, safe=""), quote_plus(secret), secret.replace("/", r"\/")}
        for each in written:
            if len(each) >= _SHORTEST_KEY:  # a shorter text is no key, and may be a value
                text = text.replace(each.encode(), b"***")
        return text

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
            raise SettingsError(f"{variable(field)} is not a URL: write https://host[:port].")
        return url
