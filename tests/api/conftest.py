"""The API in this process, on the finished run; nothing is cached from the test before."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.services import model_service


@pytest.fixture(autouse=True)
def nothing_cached() -> Iterator[None]:
    """Answers and loaded models are cached by champion and second: tests would share them."""
    caches = (model_service.get_model_service, model_service._load, model_service._forecast_json)
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.fixture
def client(workbench: object) -> TestClient:
    return TestClient(create_app(), raise_server_exceptions=False)


@pytest.fixture
def own_client(own_workbench: object) -> TestClient:
    """A client of a workbench that the test changes."""
    return TestClient(create_app(), raise_server_exceptions=False)
