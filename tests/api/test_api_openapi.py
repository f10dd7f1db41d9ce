"""Requests made from the OpenAPI document, valid and not, against every operation, over TCP."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.access import bearer
from tests.api.serving import answered, served
from tests.workbench import copy_of

PROGRAM = Path(sys.executable).with_name("schemathesis")
PUBLIC = {"/", "/health/live", "/health/ready"}
_NO_LIMIT = "10000000/second"  # limits are not what is tried here

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address_and_key(
    first_run: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """A server of its own, which the requests may change, and a key for everything."""
    with copy_of(first_run, tmp_path_factory.mktemp("copy")) as workbench:
        scopes = [word for scope in ("read", "infer", "admin") for word in ("--scope", scope)]
        made = workbench.wellhead("keys", "create", "schemathesis", *scopes).stdout.strip()
        limits = {"WELLHEAD_API_LIMIT": _NO_LIMIT, "WELLHEAD_API_WRONG_KEYS": _NO_LIMIT}
        with served({**workbench.settings, **limits}) as server:
            yield server.url, made


@pytest.mark.parametrize("has_key", [True, False])
def test_every_operation_keeps_to_its_description(
    address_and_key: tuple[str, str], has_key: bool, tmp_path: Path
) -> None:
    url, key = address_and_key
    command = [PROGRAM, "--config-file", Path(__file__).with_name("schemathesis.toml"), "run"]
    command += [f"{url}/openapi.json", "--max-examples", "15", "--no-color"]
    command += ["--request-timeout", "60"]  # the first forecast on request starts a process
    command += ["--phases", "examples,coverage,fuzzing", "--seed", "1", "--continue-on-failure"]
    if has_key:
        command += ["--header", f"Authorization: {bearer(key)['Authorization']}"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
    assert answered(f"{url}/health/ready") == 200


def test_without_a_key_only_what_is_public_answers(address_and_key: tuple[str, str]) -> None:
    url, _ = address_and_key
    with urllib.request.urlopen(f"{url}/openapi.json") as response:  # noqa: S310 - our own server
        paths = json.load(response)["paths"]
    assert set(paths) > PUBLIC
    for path, operations in paths.items():
        if "get" in operations:
            filled = path.replace("{commodity}", "WTI")
            assert answered(url + filled) == (200 if path in PUBLIC else 401), path
