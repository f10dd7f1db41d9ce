"""The small pipeline, run once a session; tests read it, or change a copy of their own.

The workers of one session share the run. Each reads from its own copy, in which the server refuses
every write.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from filelock import FileLock

from tests.commands import run_wellhead
from tests.isolation import settings_in_use
from tests.paths import ROOT
from wellhead.database.server import embedded

RUN = ("run", "--env", "env.test.yaml")
SECRET = "a-secret-of-the-first-run"  # noqa: S105 - no key of anybody's


@dataclass(frozen=True)
class Workbench:
    """A folder with the database and artifacts of a run, and what the run printed."""

    folder: Path
    first_run: Path
    """The folder in which the pipeline ran; this workbench is a copy of it."""

    @property
    def var(self) -> Path:
        return self.folder / "var"

    @property
    def artifacts(self) -> Path:
        return self.folder / "artifacts"

    @property
    def printed(self) -> str:
        return (self.first_run / "printed.txt").read_text()

    @property
    def connections(self) -> Path:
        """The guard's notes on the first run: see tests/guard."""
        return self.first_run / "connections.txt"

    @property
    def settings(self) -> dict[str, str]:
        """Settings that lead a process to this workbench."""
        return run_settings(self.folder)

    def wellhead(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run the command line on this workbench."""
        return run_wellhead(*arguments, **{**self.settings, **settings})


def run_settings(folder: Path) -> dict[str, str]:
    path = [str(ROOT / "tests" / "guard"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "WELLHEAD_SOURCE": "archive",
        "WELLHEAD_VAR_DIR": str(folder / "var"),
        "WELLHEAD_ARTIFACTS_DIR": str(folder / "artifacts"),
        "WELLHEAD_TEST_CONNECTIONS": str(folder / "connections.txt"),
        "PYTHONPATH": os.pathsep.join(path),
    }


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder in which the pipeline ran, its server stopped. Nobody changes it."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    folder = shared / "first-run"
    with FileLock(shared / "first-run.lock"):
        if not (folder / "printed.txt").exists():
            shutil.rmtree(folder, ignore_errors=True)
            ran = run_wellhead(*RUN, EIA_API_KEY=SECRET, **run_settings(folder))
            assert ran.returncode == 0, ran.stdout + ran.stderr
            (folder / "printed.txt").write_text(ran.stdout)
    return folder


@pytest.fixture(scope="session")
def shared_workbench(
    first_run: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workbench]:
    """The finished run, read-only, for fixtures of a module; the settings do not lead to it."""
    folder = tmp_path_factory.mktemp("workbench")
    with copy_of(first_run, folder) as workbench:
        _execute(workbench.var, "ALTER ROLE CURRENT_USER SET default_transaction_read_only = on")
        yield workbench


@pytest.fixture
def workbench(shared_workbench: Workbench) -> Iterator[Workbench]:
    """The finished run, in use and read-only: its database refuses writes."""
    with settings_in_use(**shared_workbench.settings):
        yield shared_workbench


@pytest.fixture
def own_workbench(first_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """A copy of the finished run, in use, for a test that changes it."""
    folder = tmp_path_factory.mktemp("copy")  # short: a socket's path holds 107 characters
    with copy_of(first_run, folder) as workbench, settings_in_use(**workbench.settings):
        yield workbench


@contextmanager
def copy_of(first_run: Path, folder: Path) -> Iterator[Workbench]:
    """Copy a run into `folder` and start its server; remove all at the end."""
    parts = [first_run / "var", first_run / "artifacts"]
    subprocess.run(["cp", "-a", *parts, folder], check=True)  # `shutil` would change the owners
    embedded.start(folder / "var")
    yield Workbench(folder, first_run)
    embedded.release(folder / "var")
    shutil.rmtree(folder)


def _execute(var: Path, *statements: str) -> None:
    engine = sa.create_engine(embedded.start(var), poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
