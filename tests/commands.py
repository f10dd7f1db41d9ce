"""The command line, started as a user starts it."""

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
