"""Hosts, bodies, headers, methods: what a request may look like."""

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from tests.api.access import bearer, key
from tests.api.conftest import ADDRESS
from wellhead.workflows.access.keys import Scope


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::2]:8000"])
def test_a_foreign_host_is_refused_and_not_repeated(bare_client: TestClient, host: str) -> None:
    refused = bare_client.get("/v1/commodities", headers={"Host": host})
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_host")
    assert "evil" not in refused.text
    assert not any("evil" in value for value in refused.headers.values())


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost:1", "LOCALHOST", "[::1]:8"]
)
def test_this_machine_is_no_foreign_host(bare_client: TestClient, host: str) -> None:
    assert bare_client.get("/health/live", headers={"Host": host}).status_code == 200


def test_hosts_are_a_setting(database: object, point_at: Callable[..., None]) -> None:
    point_at(WELLHEAD_API_HOSTS="prices.example, other.example")
    with TestClient(create_app(), ADDRESS) as client:
        for host, status in (
            ("prices.example", 200),
            ("other.example:443", 200),
            ("127.0.0.1", 400),
        ):
            assert client.get("/health/live", headers={"Host": host}).status_code == status


def test_a_slash_too_many_is_no_redirect(bare_client: TestClient) -> None:
    answer = bare_client.get("/v1/commodities/", follow_redirects=False)
    assert answer.status_code == 404
    assert "location" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/v1/commodities", "/no/path", "/v1/commodities/none"])
def test_every_response_has_the_security_headers(bare_client: TestClient, path: str) -> None:
    headers = bare_client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-request-id"]
    assert "server" not in headers


@pytest.mark.parametrize("identifier", ["a b", "x" * 65, "a\tb", "ä"])
def test_an_identifier_of_a_bad_form_is_replaced(bare_client: TestClient, identifier: str) -> None:
    sent = {"X-Request-ID": identifier.encode()}
    assert bare_client.get("/health/live", headers=sent).headers["x-request-id"].isalnum()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "NONSENSE"])
def test_another_method_is_told_which_is_allowed(bare_client: TestClient, method: str) -> None:
    refused = bare_client.request(method, "/v1/commodities")
    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
    assert refused.headers["allow"] == "GET"


def _in_parts() -> Iterator[bytes]:
    for _ in range(70):
        yield b" " * 1024


def test_a_long_body_is_refused(bare_client: TestClient) -> None:
    admin = bearer(key(Scope.ADMIN))
    for body in (b"x" * 70_000, _in_parts()):
        refused = bare_client.post("/v1/keys", content=body, headers=admin)
        assert (refused.status_code, refused.json()["code"]) == (413, "body_too_long")


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 20_000, b"\xff\xfe", b"null"])
def test_a_body_that_is_no_json_is_a_bad_request(bare_client: TestClient, body: bytes) -> None:
    admin = bearer(key(Scope.ADMIN))
    refused = bare_client.post("/v1/keys", content=body, headers=admin)
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_request")
    assert len(refused.text) < 1_000
