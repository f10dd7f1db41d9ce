"""Fixtures of the live sources: pauses are noted and not slept, keys are set, nothing is kept."""

import logging
import os
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from tests.ingestion.forms import answer_of_any_upstream, fred_description
from tests.ingestion.replay import KEY, Upstream
from wellhead.database.engine import dispose, get_engine
from wellhead.database.server import embedded
from wellhead.ingestion import pacing
from wellhead.settings import get_settings


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Upstream]:
    """The server, with the settings of `eia`, `fred` and `cftc` pointing at it."""
    server = Upstream()
    server.extra["/fred/series"] = fred_description
    for source in ("EIA", "FRED"):
        monkeypatch.setenv(f"{source}_API_KEY", KEY)
    for address in ("EIA", "FRED", "FRED_GRAPH", "CFTC"):
        monkeypatch.setenv(f"WELLHEAD_{address}_BASE_URL", server.url)
    monkeypatch.setenv("WELLHEAD_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(pacing, "sleep", server.pauses.append)
    get_settings.cache_clear()
    yield server
    server.close()
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture
def keyless(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> Upstream:
    """The server, for source `fred` without a key."""
    monkeypatch.delenv("FRED_API_KEY")
    get_settings.cache_clear()
    return upstream


@pytest.fixture
def reported_text(caplog: pytest.LogCaptureFixture) -> Callable[[BaseException], str]:
    """All text that an error can reach a person by: its chain, the tracebacks, the log."""
    caplog.set_level(logging.DEBUG)

    def text_of(error: BaseException) -> str:
        chain, texts = [error], [caplog.text]
        while chain:
            link = chain.pop()
            request = getattr(link, "_request", None)
            texts += [
                *traceback.format_exception(link),
                repr(link),
                repr(vars(link)),
                repr(request),
            ]
            chain += [each for each in (link.__cause__, link.__context__) if each]
        return "\n".join(texts)

    return text_of


@pytest.fixture
def yahoo_upstream(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> Upstream:
    """yfinance itself, its session's requests led to the server: the whole library is run."""
    curl = pytest.importorskip("curl_cffi.requests")
    from yfinance import data

    class Loopback(curl.Session):  # type: ignore[misc,name-defined]
        def request(self, method: str, url: str, *args: Any, **options: Any) -> Any:
            return super().request(method, upstream.url + urlsplit(url).path, *args, **options)

        def get(self, url: str, **options: Any) -> Any:
            return self.request("GET", url, **options)

        def post(self, url: str, **options: Any) -> Any:
            return self.request("POST", url, **options)

    monkeypatch.setattr(data.SingletonMeta, "_instances", {})
    data.YfData.cache_get.cache_clear()
    data.YfData(session=Loopback())
    return upstream


@pytest.fixture
def upstreams(yahoo_upstream: Upstream) -> Upstream:
    """All live sources led to the server, which answers each of them well."""
    yahoo_upstream.serve(answer_of_any_upstream)
    return yahoo_upstream


@pytest.fixture
def live(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Skips unless asked for by `-m network`; hands out a key from LIVE_<SOURCE>_API_KEY."""
    if "network" not in (request.config.option.markexpr or ""):
        pytest.skip("asks a live upstream: run it with -m network")

    def key(variable: str) -> str:
        if not os.environ.get(variable):
            pytest.skip(f"needs a key in {variable}")
        return os.environ[variable]

    return key


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Makes an empty database of an embedded server and hands out its address."""
    server = embedded.start(tmp_path_factory.mktemp("server"))
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    names = (f"store_{number}" for number in range(10_000))

    def make() -> str:
        name = next(names)
        with admin.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        address = server.set(database=name, drivername="postgresql")
        return address.render_as_string(hide_password=False)

    yield make
    admin.dispose()


@pytest.fixture
def use_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Leads this process to a database by its address."""

    def use(address: str) -> None:
        dispose()
        monkeypatch.setenv("DATABASE_URL", address)
        get_settings.cache_clear()

    yield use
    dispose()


@pytest.fixture
def store(
    new_store: Callable[[], str], use_store: Callable[[str], None], upstream: Upstream
) -> str:
    """A fresh database for the sources that `upstream` plays; its address."""
    address = new_store()
    use_store(address)
    get_engine()
    return address
