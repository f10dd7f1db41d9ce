"""The API in this process, on the finished run or on a copy of it, with its background threads."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.services import model_service

ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def nothing_loaded() -> Iterator[None]:
    """Loaded models are kept by their version: tests would share them."""
    yield
    model_service._load.cache_clear()


@pytest.fixture
def client(workbench: object) -> Iterator[TestClient]:
    with TestClient(create_app(), ADDRESS, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def own_client(own_workbench: object) -> Iterator[TestClient]:
    """A client of a workbench that the test changes."""
    with TestClient(create_app(), ADDRESS, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def bare_client(database: object) -> Iterator[TestClient]:
    """A client of an empty database."""
    with TestClient(create_app(), ADDRESS, raise_server_exceptions=False) as client:
        yield client
