"""No secret setting is shown or kept, whatever fails.

The secret settings are found by their type, so a new one is tested without a change here.
"""

import base64
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pytest
import sqlalchemy as sa
import yaml
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.main import create_app
from tests.commands import Ended, call_wellhead, run_wellhead
from tests.databases import text_of
from tests.failing_servers import WAYS, failing_server
from tests.isolation import settings_in_use
from tests.paths import ROOT
from tests.workbench import run_settings
from wellhead.errors import SettingsError, StorageError
from wellhead.ingestion import pacing
from wellhead.ingestion.registry import SOURCES
from wellhead.masking import masked
from wellhead.settings import Settings, get_settings, variable

CANARY = "canary/of a secret"
WRITTEN = "canary%2Fof%20a%20secret"
"""The canary in an address."""
SHOWN = ("canary", base64.b64encode(b"me:canary").decode()[:11])
"""What must not be shown: every form of the canary holds one of them."""

SECRET = [name for name, f in Settings.model_fields.items() if SecretStr in get_args(f.annotation)]
ADDRESSES = [name for name in SECRET if name.endswith(("_url", "_uri"))]
KEYS = [name for name in SECRET if name not in ADDRESSES]
NO_RETRIES = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}


def _keys() -> dict[str, str]:
    return {variable(name): CANARY for name in KEYS}


def _addresses(authority: str, *schemes: str) -> Iterator[dict[str, str]]:
    """Each address setting alone, with user name and password, for a server at `authority`."""
    for name in ADDRESSES:
        for scheme in schemes:
            text = f"{scheme}://me:{WRITTEN}@{authority}/name?password={WRITTEN}"
            yield {variable(name): text}


def _hidden(text: str) -> bool:
    return not any(shown in text for shown in SHOWN)


def _assert_one_line(ended: Ended) -> None:
    assert _hidden(ended.stdout + ended.stderr), ended.stderr
    assert ended.returncode != 0
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith("error: ")


def test_there_are_secret_settings_of_both_kinds() -> None:
    servers = {"database_url", "database_read_url", "mlflow_tracking_uri", "redis_url"}
    assert servers <= set(ADDRESSES)
    assert {"eia_api_key", "fred_api_key"} <= set(KEYS)


@pytest.mark.parametrize("way", WAYS)
def test_an_address_with_a_password_is_not_shown_when_its_server_fails(way: str, workbench) -> None:
    with failing_server(way) as server:
        for setting in _addresses(server.authority, "postgresql", "http"):
            # `champion` asks MLflow and the primary, `forecast` the replica
            command = "forecast" if "DATABASE_READ_URL" in setting else "champion"
            _assert_one_line(call_wellhead(command, "WTI", **setting, **NO_RETRIES))


@pytest.mark.parametrize("authority", ["127.0.0.1:port", "127.0.0.1:99999"])
def test_an_address_with_a_senseless_port_is_one_line_without_the_password(
    authority: str, workbench
) -> None:
    for setting in _addresses(authority, "postgresql", "http"):
        (name,) = setting
        ended = call_wellhead("forecast", "WTI", **setting, **NO_RETRIES)
        _assert_one_line(ended)
        assert f"setting {name} is invalid: its port is no number" in ended.stderr


@pytest.mark.parametrize("way", WAYS)
def test_a_key_is_not_shown_when_its_source_fails(
    way: str, workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pacing, "sleep", lambda _seconds: None)
    with failing_server(way) as server:
        upstreams = {
            variable(name): f"http://me:{WRITTEN}@{server.authority}"
            for name in Settings.model_fields
            if name.endswith("_base_url")
        }
        for source in set(SOURCES) - {"archive", "csv", "yahoo"}:
            load = ("ingest", "--source", source, "--series", "WTI", "--dry-run")
            ended = call_wellhead(*load, **_keys(), **upstreams, WELLHEAD_VAR_DIR=str(tmp_path))
            _assert_one_line(ended)


@pytest.mark.parametrize("way", WAYS)
def test_the_api_shows_and_logs_no_secret(
    way: str, workbench, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = []
    with failing_server(way) as server:
        addresses = [*_addresses(server.authority, "postgresql", "http")]
        redis = [each for each in _addresses(server.authority, "redis") if "REDIS_URL" in each]
        for setting in [each for each in addresses if "REDIS_URL" not in each] + redis:
            with settings_in_use(**setting, **NO_RETRIES):
                client = TestClient(create_app(), "http://127.0.0.1", raise_server_exceptions=False)
                answers += [client.get(path).text for path in ("/health", "/v1/forecasts/WTI")]
    assert _hidden(" ".join(answers))
    logged = capsys.readouterr().err
    assert "database_unreachable" in logged
    assert "redis does not answer" in logged
    assert _hidden(logged)


def test_a_server_of_mlflow_still_gets_the_credentials(workbench) -> None:
    with failing_server("answers 500") as server:
        address = f"http://me:{WRITTEN}@{server.authority}"
        ended = call_wellhead("champion", "WTI", MLFLOW_TRACKING_URI=address, **NO_RETRIES)
    assert "error: MLflow failed: API request to " in ended.stderr
    sent = "Basic " + base64.b64encode(f"me:{CANARY}".encode()).decode()
    assert server.credentials == {sent}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS[1:])
def test_a_run_whose_mlflow_server_goes_away_keeps_no_secret(
    way: str, server: sa.URL, point_at: Callable[..., None], tmp_path: Path
) -> None:
    """The server answers a run's first question, and fails under its notebooks."""
    database = f"secrets_{WAYS.index(way)}"
    with sa.create_engine(server, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {database}"))
    own = server.set(password=CANARY, database=database)  # it trusts its machine: any will do
    environment = yaml.safe_load((ROOT / "env.test.yaml").read_text())
    environment |= {"covariates": [], "models": {"drift": {}, "no-change": {}}}
    (tmp_path / "env.yaml").write_text(yaml.safe_dump(environment))
    with failing_server(way, except_for="experiments/search") as mlflow:
        settings = {
            **run_settings(tmp_path),
            **_keys(),
            **NO_RETRIES,
            "DATABASE_URL": text_of(own),
            "MLFLOW_TRACKING_URI": f"http://me:{WRITTEN}@{mlflow.authority}",
        }
        ended = run_wellhead("run", "--env", str(tmp_path / "env.yaml"), **settings)
    assert "train-drift-WTI failed: MLflow failed" in ended.stderr
    _assert_one_line(ended)
    kept = "\n".join(_rows(own)) + "\n".join(_files(tmp_path))
    assert "train-drift-WTI failed: MLflow failed" in kept  # of table pipeline_runs
    assert "StorageError" in kept  # the traceback of a notebook
    assert _hidden(kept)


def _rows(url: sa.URL) -> Iterator[str]:
    """Every row of every table."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    inspector = sa.inspect(engine)
    with engine.connect() as connection:
        for schema in inspector.get_schema_names():
            for table in inspector.get_table_names(schema):
                rows = connection.execute(sa.text(f'SELECT * FROM "{schema}"."{table}"'))  # noqa: S608 - found names
                yield from (str(tuple(row)) for row in rows)  # a Row cuts long texts


def _files(folder: Path) -> Iterator[str]:
    """Every file of a run: executed notebooks, pages, logs, metadata."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.read_bytes().decode(errors="replace")


def test_every_error_of_ours_hides_what_a_library_says() -> None:
    said = f"no answer from http://me:{WRITTEN}@127.0.0.1:1/a?x=1&password={WRITTEN}"
    assert _hidden(str(StorageError(said)))
    assert "127.0.0.1:1/a?x=1" in str(StorageError(said))


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://me:canary@host/name",
        "postgresql://me:can@ary:/x@host/name",
        "http://canary@host:5000",
        "host=h password=canary dbname=d",
        "host=h password='can\\'ary canary' dbname=d",
        "at https://host/path?password=canary&x=1",
        "api_key=canary",
    ],
)
def test_a_secret_is_known_by_its_place(text: str) -> None:
    assert "canary" not in masked(text)
    assert "ary" not in masked(text)
    assert masked(masked(text)) == masked(text)


def test_ordinary_text_stays() -> None:
    for text in (
        "write postgresql://user:password@host/name.",
        "see https://fred.stlouisfed.org/series/DCOILWTICO",
        "EIA_API_KEY is not set: a key is free",
        "me@example.com has no password",
    ):
        assert masked(text) == text


def test_a_senseless_setting_keeps_no_value_in_its_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://me:{WRITTEN}@host:port/name")
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match="DATABASE_URL is invalid: its port is no num") as found:
        get_settings()
    assert found.value.__suppress_context__


def test_the_traceback_of_an_unexpected_error_hides_secrets() -> None:
    program = (
        "from wellhead import cli\n"
        "def app(**_):\n"
        f"    raise RuntimeError('at ' + 'http://me' + ':{WRITTEN}@host')\n"
        "cli.app = app\n"
        "cli.main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert "Traceback" in ended.stderr
    assert ended.stderr.endswith("RuntimeError: at http://***@host\n")
