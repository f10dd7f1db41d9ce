import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from wellhead.settings import get_settings


@pytest.fixture(scope="session")
def workbench() -> Iterator[SimpleNamespace]:
    os.environ["WELLHEAD_VAR_DIR"] = "/tmp/faces/var"
    os.environ["WELLHEAD_ARTIFACTS_DIR"] = "/tmp/faces/art"
    get_settings.cache_clear()
    yield SimpleNamespace(home=Path.cwd(), var=Path("/tmp/faces/var"), artifacts=Path("/tmp/faces/art"))
