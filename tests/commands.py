"""Programs that tests start: the command line, and tests/contents.py."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.paths import ROOT


def run_wellhead(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, in a process of its own."""
    program = Path(sys.executable).with_name("wellhead")
    return subprocess.run(
        [program, *arguments],
        env={**os.environ, "COLUMNS": "200", **settings},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=840,
        check=False,
    )


def contents_of(settings: dict[str, str]) -> dict[str, str]:
    """What the database of these settings holds: see tests/contents.py."""
    printed = subprocess.run(
        [sys.executable, ROOT / "tests" / "contents.py"],
        env={**os.environ, **settings},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    contents: dict[str, str] = json.loads(printed.stdout)
    return contents
