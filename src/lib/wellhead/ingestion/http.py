"""HTTP for the live sources: paced, retried within bounds, and without keys in texts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar
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
    Reader,
    brief,
    is_overloaded,
    receive,
    retry_after,
)
from wellhead.settings import get_settings, variable

_SHORTEST_KEY = 8
TIMEOUT = httpx.Timeout(30.0, connect=10.0)  # seconds, for each wait on the network

_Body = TypeVar("_Body")


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


class Api:
    """An upstream that is asked over HTTP. Use it in a `with`.

    `address` is the setting with its base URL. `advice` is what to do if it refuses. Raises
    SettingsError that names the variable, if the URL is not valid.
    """

    def __init__(
        self,
        source: str,
        pace: Pace,
        address: str,
        *,
        key: SecretStr | None = None,
        accept: str = "application/json",
        advice: str = "",
    ) -> None:
        self._source, self._pace, self._key = source, pace, key
        self._advice = advice or f"If {variable(address)} is set, check where it leads."
        url = _required_url(address)
        proxy = None if proxy_bypass(url.host) else getproxies().get(url.scheme)
        self._client = httpx.Client(
            base_url=url,
            transport=_KeyedTransport(key, proxy) if key else httpx.HTTPTransport(proxy=proxy),
            timeout=TIMEOUT,
            headers={"User-Agent": f"wellhead/{__version__}", "Accept": accept},
        )

    def __enter__(self) -> "Api":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def kept(self, path: str, params: Mapping[str, str]) -> KeptPages:
        """The pages of a request that an earlier attempt has kept."""
        return KeptPages(self._source, str(self._client.base_url), path, params)

    def read(self, path: str, params: Mapping[str, str], reader: Reader[_Body]) -> _Body:
        """The body at `path`, as `reader` reads it.

        Raises SourceUnavailableError if the source cannot be reached or refuses, and
        SourceFormatError if the answer is not what `reader` reads.
        """
        return with_retries(lambda: self.read_once(path, params, reader))

    def read_once(self, path: str, params: Mapping[str, str], reader: Reader[_Body]) -> _Body:
        """The same in a single attempt. Raises Temporary for a failure that may pass."""
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
        return self._checked(answer, reader)

    def _checked(self, answer: Answer, reader: Reader[_Body]) -> _Body:
        """The body of an answer.

        Raises Temporary or SourceUnavailableError if the status or the body states an error; a body
        may state one under status 200.
        """
        body, fault, reason = reader(replace(answer, content=self._without_key(answer.content)))
        stated = self._redacted(answer.stated)
        if is_overloaded(answer, fault, reason):
            raise Temporary(f"{self._source} answered {stated}", wait=retry_after(answer))
        if reason or not 200 <= answer.status < 300:
            refused = f"{stated} {self._redacted(reason)}".rstrip(". ")
            raise SourceUnavailableError(
                f"{self._source} refused: {refused}. {self._advice_on(refused)}"
            )
        if body is None or fault:
            raise Temporary(f"{self._source} answered with {fault}", becomes=SourceFormatError)
        return body

    def _advice_on(self, _refused: str) -> str:
        return self._advice

    def _redacted(self, text: str) -> str:
        return brief(self._without_key(text.encode()).decode())

    def _without_key(self, text: bytes) -> bytes:
        """Remove the key. EIA repeats the request in its answer, key included."""
        secret = self._key.get_secret_value() if self._key else ""
        written = {secret, quote(secret, safe=""), quote_plus(secret), secret.replace("/", r"\/")}
        for each in written:
            if len(each) >= _SHORTEST_KEY:  # a shorter text is no key, and may be a value
                text = text.replace(each.encode(), b"***")
        return text


def _required_url(field: str) -> httpx.URL:
    try:
        url = httpx.URL(getattr(get_settings(), field))
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise SettingsError(f"{variable(field)} is not a URL: write https://host[:port].")
    return url
