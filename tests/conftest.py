"""What all tests share: isolation, the network lock, and one real run of the small pipeline."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_socket

from tests.commands import contents_of, run_wellhead
from tests.csv_files import csv_folder, folder, write  # noqa: F401 - fixtures
from tests.databases import (  # noqa: F401 - fixtures
    database,
    native,
    point_at,
    server,
    timescale_server,
)
from tests.paths import ROOT

LOOPBACK = ["127.0.0.1", "::1", "localhost"]

# Of the machine that runs the tests, nothing may decide what they see.
_OURS = ("WELLHEAD_", "DATABASE_", "MLFLOW_", "EIA_", "FRED_", "DASK_")
for name in [name for name in os.environ if name.startswith(_OURS)]:
    del os.environ[name]
os.environ["WELLHEAD_ENV_FILE"] = os.devnull  # nor the developer's own .env
_VAR = tempfile.TemporaryDirectory(prefix="wellhead-tests-", ignore_cleanup_errors=True)
os.environ["WELLHEAD_VAR_DIR"] = _VAR.name  # nor is the developer's own var changed
os.environ["PLOTLY_RENDERER"] = "plotly_mimetype"


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """No test reaches beyond this machine, unless it is marked `network`."""
    if "network" not in item.keywords:
        pytest_socket.socket_allow_hosts(LOOPBACK, allow_unix_socket=True)


@dataclass(frozen=True)
class Workbench:
    """A project folder in which the small pipeline has run, and what the run printed."""

    home: Path
    var: Path
    artifacts: Path
    printed: str
    environment: dict[str, str]
    contents: dict[str, str]
    """Digests of what the run left in the database, by tests/contents.py."""
    leaving: Path
    """Notes of every attempt of a started process to reach beyond this machine."""

    def wellhead(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run the command line on this workbench."""
        return run_wellhead(*arguments, **{**self.environment, **settings})


@pytest.fixture(scope="session")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """The real pipeline, run once on the small configuration; settings point at it."""
    from wellhead.database.engine import get_engine
    from wellhead.settings import get_settings

    place = tmp_path_factory.mktemp("workbench")
    environment = {
        "WELLHEAD_VAR_DIR": str(place / "var"),
        "WELLHEAD_ARTIFACTS_DIR": str(place / "artifacts"),
    }
    leaving = place / "leaving.txt"
    os.environ.update(environment)
    path = [str(ROOT / "tests" / "guard"), *filter(None, [os.environ.get("PYTHONPATH")])]
    guarded = {"PYTHONPATH": os.pathsep.join(path), "WELLHEAD_TEST_LEAVING": str(leaving)}
    environment |= guarded
    get_settings.cache_clear()
    get_engine()  # this process holds the embedded server open between the runs
    ran = run_wellhead("run", "--env", "env.test.yaml", **environment)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    yield Workbench(
        ROOT, place / "var", place / "artifacts", ran.stdout, environment,
        contents_of(environment), leaving,
    )  # fmt: skip


@pytest.fixture
def shared_prices() -> Path:
    """The folder of real prices beside a development checkout."""
    place = ROOT.parent / "shared" / "data" / "prices"
    if not place.is_dir():
        pytest.skip("real prices to 2025 are not beside this checkout")
    return place
