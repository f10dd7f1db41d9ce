"""A run that is killed at any stage: the next one finishes the work as if nothing had happened."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commands import contents_of, run_wellhead
from tests.paths import ROOT

# Killed a moment after a line that holds this: while what follows it is at work.
MOMENTS = ["Source archive", "ingest-", "features-", "train-", "forecast-", "promote-"]
RUN = ("run", "--env", "env.test.yaml")
_INTO_IT = 1.0  # seconds: the next notebook has begun


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory, workbench) -> dict[str, str]:
    """The settings of a project that nothing has run in yet."""
    folder = tmp_path_factory.mktemp("killed")
    return {
        **workbench.environment,
        "WELLHEAD_VAR_DIR": str(folder / "var"),
        "WELLHEAD_ARTIFACTS_DIR": str(folder / "artifacts"),
    }


def _killed_after(printed: str, settings: dict[str, str]) -> None:
    """Start a run and kill it a moment after it prints a line that holds `printed`."""
    program = Path(sys.executable).with_name("wellhead")
    with subprocess.Popen(
        [program, *RUN],
        env={**os.environ, "COLUMNS": "200", "PYTHONUNBUFFERED": "1", **settings},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert any(printed in line for line in run.stdout), "it ended before it could be killed"
        time.sleep(_INTO_IT)
        assert run.poll() is None, "it ended before it could be killed"
        run.kill()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_at_every_stage_it_ends_as_if_undisturbed(workbench, elsewhere) -> None:
    for moment in MOMENTS:
        _killed_after(moment, elsewhere)
    finished = run_wellhead(*RUN, **elsewhere)
    assert finished.returncode == 0, finished.stderr
    assert contents_of(elsewhere) == workbench.contents
    again = run_wellhead(*RUN, **elsewhere)
    assert "Nothing has changed" in again.stdout
