"""What a process keeps between calls, cleared after each test so that tests run in any order."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest

from wellhead.database.engine import dispose
from wellhead.settings import get_settings
from wellhead.tracking import client as tracking


def forget() -> None:
    """Clear the cached settings, database connections and MLflow client of this process.

    What MLflow and its connection write into the environment for child processes goes as well.
    """
    for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
        del os.environ[name]
    tracking.client.cache_clear()
    tracking.mlflow.cache_clear()
    get_settings.cache_clear()
    dispose()


@contextmanager
def settings_in_use(**settings: str) -> Iterator[None]:
    """Set environment variables, and have the next call read them."""
    with patch.dict(os.environ, settings):
        forget()
        os.environ.update(settings)
        try:
            yield
        finally:
            forget()


@pytest.fixture(autouse=True)
def isolated_process() -> Iterator[None]:
    """No test sees the environment, settings, connections or MLflow client of the test before."""
    with patch.dict(os.environ):
        yield
        forget()
