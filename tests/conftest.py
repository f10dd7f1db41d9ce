"""What all tests share: a clean environment, no network, and the fixtures of the suite."""

import os
import tempfile
from pathlib import Path

import pytest
import pytest_socket

from tests.csv_files import csv_folder, folder, write  # noqa: F401 - fixtures
from tests.databases import (  # noqa: F401 - fixtures
    database,
    native,
    point_at,
    server,
    timescale_server,
)
from tests.isolation import isolated_process  # noqa: F401 - fixture
from tests.paths import ROOT
from tests.workbench import (  # noqa: F401 - fixtures
    first_run,
    own_workbench,
    shared_workbench,
    workbench,
)

LOOPBACK = ["127.0.0.1", "::1", "localhost"]

# No setting of the machine that runs the tests reaches them: not its environment, its .env or var.
# The source is named, so that no command asks FRED whether it answers.
_OURS = ("WELLHEAD_", "DATABASE_", "MLFLOW_", "EIA_", "FRED_", "DASK_")
for name in [name for name in os.environ if name.startswith(_OURS)]:
    del os.environ[name]
os.environ["WELLHEAD_ENV_FILE"] = os.devnull
_VAR = tempfile.TemporaryDirectory(prefix="wellhead-tests-", ignore_cleanup_errors=True)
os.environ["WELLHEAD_VAR_DIR"] = _VAR.name
os.environ["WELLHEAD_SOURCE"] = "archive"
os.environ["PLOTLY_RENDERER"] = "plotly_mimetype"


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """No test reaches beyond this machine, unless it is marked `network`."""
    if "network" not in item.keywords:
        pytest_socket.socket_allow_hosts(LOOPBACK, allow_unix_socket=True)


@pytest.fixture
def shared_prices() -> Path:
    """The folder of real prices beside a development checkout."""
    place = ROOT.parent / "shared" / "data" / "prices"
    if not place.is_dir():
        pytest.skip("real prices to 2025 are not beside this checkout")
    return place
