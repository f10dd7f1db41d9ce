"""A run that is killed at any stage: the next one finishes the work as if nothing had happened."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.commands import run_wellhead
from tests.contents import contents
from tests.isolation import settings_in_use
from tests.paths import ROOT
from tests.projects import copied_project
from tests.workbench import RUN, Workbench, run_settings
from wellhead.database.digests import stored_digest
from wellhead.database.server import embedded
from wellhead.database.server.cluster import running

# Killed a moment after a line that holds this: the tasks that follow are running by then.
MOMENTS = ["Source archive", "ingest-", "features-", "train-", "forecast-", "promote-"]
_MOMENT = 0.5  # seconds

pytestmark = pytest.mark.slow


def _kill_after(printed: str, settings: dict[str, str], *arguments: str) -> None:
    """Start a run and kill it a moment after it prints a line that holds `printed`."""
    program = Path(sys.executable).with_name("wellhead")
    with subprocess.Popen(
        [program, *arguments],
        env={**os.environ, "COLUMNS": "200", "PYTHONUNBUFFERED": "1", **settings},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout is not None
        assert any(printed in line for line in run.stdout), "the run ended before that line"
        time.sleep(_MOMENT)
        run.kill()
        assert run.wait() == -signal.SIGKILL, "the run ended before it was killed"


def test_killed_at_every_stage_it_ends_as_if_undisturbed(
    workbench: Workbench, tmp_path: Path
) -> None:
    undisturbed = contents()
    settings = run_settings(tmp_path)
    for moment in MOMENTS:
        _kill_after(moment, settings, *RUN)
    finished = run_wellhead(*RUN, **settings)
    assert finished.returncode == 0, finished.stderr
    with settings_in_use(**settings):
        assert contents() == undisturbed
        again = run_wellhead(*RUN, **settings)
    assert "Nothing has changed" in again.stdout
    embedded.release(tmp_path / "var")  # this process has used it
    assert running(tmp_path / "var" / "postgres") is None
    assert not [*tmp_path.rglob(".wellhead-tmp-*")]


def test_a_forced_run_that_is_killed_loses_no_data_and_the_next_one_finishes_it(
    own_workbench: Workbench, tmp_path: Path
) -> None:
    environment = yaml.safe_load((ROOT / "env.test.yaml").read_text())
    environment["models"] = {"drift": {}, "no-change": {}}
    (tmp_path / "env.yaml").write_text(yaml.safe_dump(environment))
    run = ("run", "--env", str(tmp_path / "env.yaml"))
    data = {key: stored_digest(key, "archive") for key in ("WTI", "VIX")}
    for moment in ("Source archive", "train-"):
        _kill_after(moment, own_workbench.settings, *run, "--force")
        assert data == {key: stored_digest(key, "archive") for key in data}
    finished = own_workbench.wellhead(*run)
    assert finished.returncode == 0, finished.stderr
    assert "combine-" in finished.stdout  # the tasks after the kill ran
    assert data == {key: stored_digest(key, "archive") for key in data}
    assert "Nothing has changed" in own_workbench.wellhead(*run).stdout


def test_a_notebook_that_the_system_kills_is_called_killed(tmp_path: Path) -> None:
    project = copied_project(tmp_path / "project")
    path = project / "notebooks" / "ingest" / "source.ipynb"
    notebook = json.loads(path.read_text())
    last = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][-1]
    last["source"] = ["import os\n", "os.kill(os.getpid(), 9)"]
    path.write_text(json.dumps(notebook))
    home = {"WELLHEAD_HOME": str(project)}
    ended = run_wellhead("run", "--env", "env.test.yaml", **run_settings(tmp_path), **home)
    assert "ingest-WTI failed: its process was killed, perhaps for memory: WELL" in ended.stderr
    assert "traceback" not in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
