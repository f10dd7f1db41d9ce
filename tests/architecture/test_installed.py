"""What is installed: no version below a security floor, and no telemetry."""

import subprocess
import sys
import tomllib
from importlib.metadata import version

import pytest
from packaging.requirements import Requirement

from tests.paths import ROOT
from tests.workbench import run_settings

_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
FLOORS = {
    found.name: found.specifier
    for found in map(Requirement, _PROJECT["dependencies"])
    if any(each.operator == ">=" for each in found.specifier)
}
_LOCK = (ROOT / "requirements.lock").read_text().splitlines()
LOCKED = {
    found.name.lower().replace("_", "-"): str(found.specifier).removeprefix("==")
    for found in (Requirement(line) for line in _LOCK if not line.startswith("#"))
}
AT_LEAST = {
    "aiohttp": "3.14.3",
    "cryptography": "50.0.0",
    "jupyter_server": "2.20.0",
    "jupyterlab": "4.6.2",
    "mlflow": "3.16.0",
    "starlette": "1.3.1",
    "tornado": "6.5.7",
    "urllib3": "2.7.0",
}
"""Below these versions vulnerabilities are known."""


@pytest.mark.parametrize("name", AT_LEAST)
def test_the_project_states_the_security_floors(name: str) -> None:
    assert str(FLOORS[name]) == f">={AT_LEAST[name]}"


@pytest.mark.parametrize("name", FLOORS)
def test_the_lock_and_what_is_installed_are_above_the_floors(name: str) -> None:
    assert FLOORS[name].contains(LOCKED[name.lower().replace("_", "-")])
    assert FLOORS[name].contains(version(name))


@pytest.mark.parametrize("name", ["posthog", "notebook"])
def test_what_ploomber_brings_is_loaded_by_nothing_of_ours(name: str) -> None:
    sources = [*(ROOT / "src").rglob("*.py"), *(ROOT / "api").rglob("*.py")]
    assert not [path for path in sources if f"import {name}\n" in path.read_text(encoding="utf-8")]


def test_the_telemetry_of_ploomber_is_off_even_where_its_settings_allow_it(tmp_path) -> None:
    """Ploomber's own way to send an event, in a process that may reach nobody."""
    program = (
        "import wellhead.pipeline.ploomber_internals\n"
        "from ploomber_core.telemetry import telemetry\n"
        "assert telemetry.check_telemetry_enabled() is False\n"
        "sender = telemetry.Telemetry('key', 'ploomber', '0.23.3')\n"
        "sender.log_api('build')\n"
        "sender._posthog_client.flush()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={**run_settings(tmp_path), "HOME": str(tmp_path), "PLOOMBER_STATS_ENABLED": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    notes = (tmp_path / "connections.txt").read_text()
    assert "guarded" in notes
    assert "refused" not in notes
