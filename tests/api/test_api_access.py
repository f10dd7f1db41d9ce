"""Keys, scopes and limits of the API."""

import time
from collections.abc import Callable

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.auth.decisions import Requires, public
from api.main import ROUTERS, create_app
from tests.api.access import bearer, key
from tests.api.conftest import ADDRESS
from wellhead.workflows.access.keys import Scope, all_keys, create_key, revoke_key, rotate_key

PATH = "/v1/commodities"


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    for _ in range(int(20 * seconds)):
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_every_route_carries_a_decision() -> None:
    routes = [route for each in ROUTERS for route in each.router.routes]
    assert len(routes) > 12
    for route in routes:
        assert isinstance(route, APIRoute)
        decisions = [
            dependency.call
            for dependency in route.dependant.dependencies
            if isinstance(dependency.call, Requires) or dependency.call is public
        ]
        assert len(decisions) == 1, route.path
    app = create_app()
    described = set(app.openapi()["paths"])
    shown = [each for each in routes if isinstance(each, APIRoute) and each.include_in_schema]
    assert described == {route.path for route in shown}


def test_without_a_key_a_local_server_serves_everybody_but_admins(bare_client: TestClient) -> None:
    assert bare_client.get(PATH).status_code == 200
    refused = bare_client.get("/v1/keys")
    assert (refused.status_code, refused.json()["code"]) == (401, "key_missing")


def test_from_the_first_key_on_every_request_needs_one(bare_client: TestClient) -> None:
    assert bare_client.get(PATH).status_code == 200
    text = key()
    assert within(5, lambda: bare_client.get(PATH).status_code == 401)
    refused = bare_client.get(PATH)
    assert refused.json()["code"] == "key_missing"
    assert refused.headers["www-authenticate"] == "Bearer"
    assert bare_client.get(PATH, headers=bearer(text)).status_code == 200
    assert bare_client.get(PATH, headers={"X-API-Key": text}).status_code == 200
    for path in ("/health/live", "/", "/openapi.json"):
        assert bare_client.get(path).status_code == 200


def test_a_kept_response_is_not_for_callers_without_a_key(bare_client: TestClient) -> None:
    text = key()
    assert within(5, lambda: bare_client.get(PATH, headers=bearer(text)).status_code == 200)
    kept = bare_client.get(PATH, headers=bearer(text))
    assert "hit" in kept.headers["cache-status"]
    assert bare_client.get(PATH).status_code == 401
    admin = bearer(key(Scope.ADMIN))
    assert within(5, lambda: bare_client.get(PATH, headers=admin).status_code == 403)


@pytest.mark.parametrize("text", ["", "wh_", "wh_12345678_" + "a" * 38, "x" * 5000, "ÿþ"])
def test_what_is_no_key_is_refused(bare_client: TestClient, text: str) -> None:
    key()
    assert within(5, lambda: bare_client.get(PATH).status_code == 401)
    refused = bare_client.get(PATH, headers={"X-API-Key": text.encode("latin-1")})
    assert (refused.status_code, refused.json()["code"]) == (401, "key_unknown")
    assert text == "" or text not in refused.text


def test_a_key_allows_what_its_scopes_name(bare_client: TestClient) -> None:
    admin, reader = key(Scope.ADMIN), key(Scope.READ)
    assert within(5, lambda: bare_client.get("/v1/keys", headers=bearer(admin)).status_code == 200)
    refused = bare_client.get("/v1/keys", headers=bearer(reader))
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert bare_client.get(PATH, headers=bearer(admin)).status_code == 403


def test_a_revoked_key_is_refused_within_five_seconds(bare_client: TestClient) -> None:
    issued = create_key("report")
    ask = bearer(issued.text)
    assert within(5, lambda: bare_client.get(PATH, headers=ask).status_code == 200)
    revoke_key(issued.key.key_id)
    assert within(5, lambda: bare_client.get(PATH, headers=ask).status_code == 401)
    assert bare_client.get(PATH, headers=ask).json()["code"] == "key_revoked"


def test_no_request_fails_while_a_key_is_rotated(bare_client: TestClient) -> None:
    old = create_key("report")
    assert within(5, lambda: bare_client.get(PATH, headers=bearer(old.text)).status_code == 200)
    new = rotate_key(old.key.key_id, overlap_days=1)
    for _ in range(20):
        assert bare_client.get(PATH, headers=bearer(old.text)).status_code == 200
    assert within(5, lambda: bare_client.get(PATH, headers=bearer(new.text)).status_code == 200)


def test_a_key_is_valid_from_the_moment_it_is_made(bare_client: TestClient) -> None:
    """Before the server could hear of it."""
    statuses = []
    for number in range(10):
        made = bearer(key(application=f"report {number}"))
        statuses.append(bare_client.get("/v1/commodities", headers=made).status_code)
    assert statuses == [200] * 10


def test_a_limit_counts_each_key_alone(database: object, point_at: Callable[..., None]) -> None:
    point_at(WELLHEAD_API_LIMIT="5/hour")
    first, second = key(), key()
    with TestClient(create_app(), ADDRESS) as client:
        seen = [client.get(PATH, headers=bearer(first)) for _ in range(7)]
        assert [each.status_code for each in seen] == [200] * 5 + [429] * 2
        remaining = [each.headers["ratelimit-remaining"] for each in seen[:5]]
        assert remaining == ["4", "3", "2", "1", "0"]
        assert seen[0].headers["ratelimit-limit"] == "5"
        assert 3_590 <= int(seen[-1].headers["retry-after"]) <= 3_600
        assert seen[-1].json()["code"] == "rate_limited"
        assert client.get(PATH, headers=bearer(second)).status_code == 200


def test_wrong_keys_of_an_address_are_throttled_and_right_ones_are_not(
    bare_client: TestClient,
) -> None:
    right = key()
    assert within(5, lambda: bare_client.get(PATH, headers=bearer(right)).status_code == 200)
    wrong = [bare_client.get(PATH, headers=bearer("wrong")).status_code for _ in range(100)]
    assert set(wrong) == {401, 429}
    assert wrong.count(401) <= 20
    assert bare_client.get(PATH, headers=bearer(right)).status_code == 200


def test_an_admin_creates_rotates_and_revokes_keys(bare_client: TestClient) -> None:
    admin = bearer(key(Scope.ADMIN))
    assert within(5, lambda: bare_client.get("/v1/keys", headers=admin).status_code == 200)
    made = bare_client.post(
        "/v1/keys", json={"application": "report", "scopes": ["read"], "days": 30}, headers=admin
    )
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    issued = made.json()
    assert within(
        5, lambda: bare_client.get(PATH, headers=bearer(issued["key"])).status_code == 200
    )
    rotated = bare_client.post(
        f"/v1/keys/{issued['key_id']}/rotation", json={"overlap_days": 0}, headers=admin
    ).json()
    assert within(
        5, lambda: bare_client.get(PATH, headers=bearer(issued["key"])).status_code == 401
    )
    gone = bare_client.delete(f"/v1/keys/{rotated['key_id']}", headers=admin)
    assert (gone.status_code, gone.json()["state"]) == (200, "revoked")
    listed = bare_client.get("/v1/keys", headers=admin)
    assert {each["key_id"] for each in listed.json()} == {each.key_id for each in all_keys()}
    assert issued["key"] not in listed.text


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"application": "report", "scopes": ["write"]},
        {"application": "report", "days": 0},
        {"application": "report", "owner": "me"},
        {"application": "\n"},
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(bare_client: TestClient, body: object) -> None:
    admin = bearer(key(Scope.ADMIN))
    assert within(5, lambda: bare_client.get("/v1/keys", headers=admin).status_code == 200)
    refused = bare_client.post("/v1/keys", json=body, headers=admin)
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_request")
    assert len(all_keys()) == 1


def test_the_last_use_of_a_key_is_stored_at_the_end(database: object) -> None:
    issued = create_key("report")
    with TestClient(create_app(), ADDRESS) as client:
        assert client.get(PATH, headers=bearer(issued.text)).status_code == 200
    (stored,) = all_keys()
    assert stored.last_used_at is not None
