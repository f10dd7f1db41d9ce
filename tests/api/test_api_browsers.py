"""What browsers see: the page of the endpoints, and which pages may read the API."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import expect

from api.main import create_app
from tests.api.conftest import ADDRESS
from tests.api.serving import served
from tests.browser import visiting
from tests.isolation import settings_in_use
from tests.workbench import Workbench

DESK = "https://desk.example"


@contextmanager
def client_with(**settings: str) -> Iterator[TestClient]:
    with settings_in_use(**settings), TestClient(create_app(), ADDRESS) as client:
        yield client


@pytest.fixture
def client_of_desk(workbench: object) -> Iterator[TestClient]:
    with client_with(WELLHEAD_API_ORIGINS=f"{DESK},http://127.0.0.1:9000") as client:
        yield client


def test_a_listed_page_may_read(client_of_desk: TestClient) -> None:
    answer = client_of_desk.get("/v1/forecasts/WTI", headers={"Origin": DESK})
    assert answer.headers["access-control-allow-origin"] == DESK
    assert "etag" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in answer.headers
    ask = {"Origin": DESK, "Access-Control-Request-Method": "GET"}
    ask["Access-Control-Request-Headers"] = "authorization"
    allowed = client_of_desk.options("/v1/forecasts/WTI", headers=ask)
    assert allowed.status_code == 200
    assert "authorization" in allowed.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    "origin",
    ["https://desk.example.evil", "http://desk.example", "https://desk.example:444", "null"],
)
def test_no_other_page_may(client_of_desk: TestClient, origin: str) -> None:
    for _ in range(2):  # the second response may be a kept one
        answer = client_of_desk.get("/v1/forecasts/WTI", headers={"Origin": origin})
        assert "access-control-allow-origin" not in answer.headers


def test_a_kept_response_does_not_let_the_next_page_in(client_of_desk: TestClient) -> None:
    for origin, allowed in ((DESK, DESK), ("https://evil.example", None), (DESK, DESK)):
        answer = client_of_desk.get("/v1/forecasts/WTI?days=2", headers={"Origin": origin})
        assert answer.headers.get("access-control-allow-origin") == allowed


def test_without_a_list_nobody_may(client: TestClient) -> None:
    answer = client.get("/v1/forecasts/WTI", headers={"Origin": DESK})
    assert "access-control-allow-origin" not in answer.headers


def test_the_page_names_no_other_server(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].count("sha256-") == 1
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page.text)
    for path in re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text):
        assert client.get(path).status_code == 200
    assert client.get("/docs/..%2Fapi%2Fmain.py").status_code in (404, 422)


@pytest.mark.browser
@pytest.mark.slow
def test_the_page_shows_every_endpoint_and_says_nothing_on_the_console(
    shared_workbench: Workbench,
) -> None:
    with served(shared_workbench.settings) as server, visiting() as seen:
        seen.page.goto(f"{server.url}/docs")
        expect(seen.page.get_by_role("heading", name="Wellhead")).to_be_visible()
        expect(seen.page.locator("#operations-tag-keys")).to_be_visible()
        shown = seen.page.inner_text("body")
    for path in ("/v1/forecasts/{commodity}", "/v1/prices/{commodity}", "/v1/keys", "/health"):
        assert path in shown.replace("\N{ZERO WIDTH SPACE}", "")
    assert (seen.errors, seen.refused, seen.hosts) == ([], [], {"127.0.0.1"})
