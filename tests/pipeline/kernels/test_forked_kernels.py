"""Kernels that are forks: they have the libraries, and are otherwise kernels like any other."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from wellhead.pipeline.kernels.provisioner import ForkProvisioner, forked_kernels

LIBRARIES = "import sys; print([n in sys.modules for n in ('torch', 'mlflow', 'plotly')])"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def forking() -> Iterator[None]:
    with forked_kernels():
        yield


def printed(*cells: str, **options: object) -> list[str]:
    """What each cell prints, in a kernel of its own."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
    NotebookClient(notebook, kernel_name="python3", **options).execute()
    return ["".join(output["text"] for output in cell["outputs"]) for cell in notebook["cells"]]


def test_a_kernel_has_the_libraries_before_its_first_cell(forking: None) -> None:
    assert printed(LIBRARIES) == ["[True, True, True]\n"]


def test_it_has_the_environment_of_the_run_and_a_session_of_its_own(
    forking: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("A_SETTING", "of the run")
    monkeypatch.chdir(tmp_path)
    said = printed("import os", "print(os.environ['A_SETTING'])", "print(os.getcwd())",
                   "print(os.getsid(0) == os.getpid())")  # fmt: skip
    assert said[1:] == ["of the run\n", f"{tmp_path}\n", "True\n"]


def test_no_library_of_the_server_starts_a_thread_when_it_is_imported() -> None:
    """A fork has only the thread that forks: a lock that another one holds is never released."""
    program = (
        "import importlib, threading\nfrom wellhead.pipeline.kernels.server import _IMPORTED\n"
        "for name in _IMPORTED: importlib.import_module(name)\n"
        "print(threading.active_count())"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.stdout == "1\n", ended.stderr


OPTIONS = """
import warnings; warnings.simplefilter("ignore")
import pandas, plotly.io, matplotlib.pyplot
for name in sorted(pandas._config.config._registered_options):
    print(name, repr(pandas.get_option(name)).lower())  # utf-8 is also written UTF-8
print(plotly.io.renderers.default, matplotlib.get_backend())
"""


def test_libraries_have_the_options_that_they_have_in_a_usual_kernel(
    forking: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (forked,) = printed(OPTIONS)
    factory = KernelProvisionerFactory.instance()
    monkeypatch.setattr(factory, "default_provisioner_name", "local-provisioner")
    assert forked.splitlines() == printed(OPTIONS)[0].splitlines()


def test_two_kernels_draw_different_numbers(forking: None) -> None:
    draw = "import random, numpy; print(random.random(), numpy.random.random())"
    first, second = printed(draw)[0].split(), printed(draw)[0].split()
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_a_cell_that_fails_and_a_kernel_that_is_killed_are_told_apart(forking: None) -> None:
    with pytest.raises(CellExecutionError, match="no such thing"):
        printed("raise ValueError('no such thing')")
    with pytest.raises(DeadKernelError):
        printed("import os; os.kill(os.getpid(), 9)")


def test_a_kernel_runs_other_programs_and_sees_their_exit_code(forking: None) -> None:
    code = "import subprocess; print(subprocess.run(['sh', '-c', 'exit 3']).returncode)"
    assert printed(code) == ["3\n"]


def test_an_ended_kernel_leaves_no_process(forking: None) -> None:
    (pid,) = printed("import os; print(os.getpid())")
    assert _within(5, lambda: not psutil.pid_exists(int(pid)))


def test_kernels_end_with_the_program_that_started_them(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("import os, time, pathlib\n"
               f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
               "time.sleep(600)")]
    )  # fmt: skip
    nbformat.write(notebook, tmp_path / "sleeps.ipynb")
    program = (
        "import sys, nbformat\nfrom nbclient import NotebookClient\n"
        "from wellhead.pipeline.kernels.provisioner import forked_kernels\n"
        "with forked_kernels():\n"
        "    NotebookClient(nbformat.read(sys.argv[1], 4), kernel_name='python3').execute()\n"
    )
    run = subprocess.Popen([sys.executable, "-c", program, tmp_path / "sleeps.ipynb"])
    assert _within(120, lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    kernel = psutil.Process(int((tmp_path / "pid").read_text()))
    server = kernel.parent()
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert server is not None
    assert _within(10, lambda: not kernel.is_running() and not server.is_running())


def test_a_killed_server_is_named() -> None:
    with forked_kernels():
        server = ForkProvisioner.server
        assert server is not None
        os.kill(server.process_number, signal.SIGKILL)
        with pytest.raises(OSError, match="the process that starts kernels was killed"):
            printed("print()")


@pytest.fixture
def usual(monkeypatch: pytest.MonkeyPatch) -> KernelProvisionerFactory:
    """The factory as it is outside of `forked_kernels`, whatever other tests have open."""
    factory = KernelProvisionerFactory.instance()
    monkeypatch.setattr(factory, "default_provisioner_name", "local-provisioner")
    return factory


def test_elsewhere_kernels_start_as_usual(
    usual: KernelProvisionerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    with forked_kernels():
        assert printed(LIBRARIES) == ["[False, False, False]\n"]


def test_afterwards_kernels_start_as_usual(usual: KernelProvisionerFactory) -> None:
    with forked_kernels():
        assert usual.default_provisioner_name == "wellhead-fork"
    assert usual.default_provisioner_name == "local-provisioner"


def _within(seconds: float, condition) -> bool:
    for _ in range(int(10 * seconds)):
        if condition():
            return True
        time.sleep(0.1)
    return False
