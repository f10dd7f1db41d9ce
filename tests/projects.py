"""A project folder that a test may change."""

import shutil
from pathlib import Path

from tests.paths import ROOT


def copied_project(home: Path) -> Path:
    """`home`, with copies of all that a run and `wellhead docs` read and write there."""
    for name in ("notebooks", "expectations", "docs"):
        shutil.copytree(ROOT / name, home / name)
    for name in ("pipeline.yaml", "env.yaml", "env.test.yaml", "requirements.lock"):
        shutil.copy(ROOT / name, home)
    return home
