"""Executed notebooks reproduce: nbval runs them again and compares the outputs that matter.

They are run again as a what-if, with nothing to write to, and the production tables are the same
before and after: researchers may run any notebook at any time.
"""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.paths import ROOT
from wellhead.database.digests import table_digest
from wellhead.tracking.registry import champion

TABLES = (
    "observations",
    "batches",
    "quarantine",
    "ledger",
    "leaderboard",
    "promotions",
    "track_records",
    "analyses",
)


def _as_what_if(executed: Path, folder: Path) -> None:
    notebook = nbformat.read(executed, as_version=4)
    (injected,) = [
        cell for cell in notebook.cells if "injected-parameters" in cell["metadata"].get("tags", [])
    ]
    injected["source"] += "\nproduct = None\nsave = False\n"
    nbformat.write(notebook, folder / executed.name)


@pytest.mark.slow
def test_executed_notebooks_reproduce_and_a_what_if_changes_nothing(
    workbench, tmp_path: Path
) -> None:
    executed = sorted((workbench.artifacts / "notebooks").glob("*.ipynb"))
    for path in executed:
        _as_what_if(path, tmp_path)
    before = {name: table_digest(name) for name in TABLES}, champion("WTI")
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--nbval-lax",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
            "--rootdir",
            str(tmp_path),
            "-c",
            os.devnull,
            str(tmp_path),
        ],
        env={**os.environ, **workbench.settings},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-4000:]
    cells = sum(
        cell["cell_type"] == "code"
        for path in executed
        for cell in nbformat.read(path, as_version=4).cells
    )
    assert f"{cells} passed" in ended.stdout
    assert before == ({name: table_digest(name) for name in TABLES}, champion("WTI"))
