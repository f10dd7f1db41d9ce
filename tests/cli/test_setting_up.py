"""What a newcomer meets before anything is installed."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT


def _prerequisites():
    path = ROOT / "scripts" / "prerequisites.py"
    specification = importlib.util.spec_from_file_location("prerequisites", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_this_machine_has_what_is_needed() -> None:
    assert _prerequisites().missing() is None


def test_an_old_python_is_told_which_one_to_name(monkeypatch: pytest.MonkeyPatch) -> None:
    prerequisites = _prerequisites()
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert "needs Python 3.11 or newer, this is 3.9" in prerequisites.missing()
    assert "make run PYTHON=" in prerequisites.missing()


def test_a_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    prerequisites = _prerequisites()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "apt-get install python3-venv" in prerequisites.missing()


def test_a_python_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    # `make test` runs this test: what it hands down makes an inner make announce its folder.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    ended = subprocess.run(
        ["make", "run", "PYTHON=python3.99"],
        cwd=tmp_path,
        env=inherited,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    assert ended.stdout.startswith("error: there is no python3.99.")


def test_make_alone_lists_the_targets() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("run", "test", "api", "dashboards", "lab"):
        assert f"\n{target} " in listed
