"""The parts of Ploomber that are not documented are there, and do what the pipeline needs."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from wellhead.pipeline.ploomber_internals import (
    VERSION,
    DAGSpec,
    TaskStatus,
    build_task,
    forget_product,
    needs_run,
    settle_task,
)


def work(product: Any) -> None:
    Path(str(product)).write_text("done")


def fail(product: Any) -> None:
    raise ValueError("no")


def _rendered(folder: Path, function: str = "work") -> Any:
    task = {
        "source": f"{__name__}.{function}",
        "product": str(folder / "out.txt"),
        "name": "one",
        "upstream": [],
    }
    meta = {"extract_upstream": False, "extract_product": False}
    dag = DAGSpec({"meta": meta, "tasks": [task]}).to_dag()
    return dag.render(show_progress=False)["one"]


def test_it_is_the_version_that_the_module_was_written_for() -> None:
    assert version("ploomber") == VERSION


def test_a_built_task_is_up_to_date_until_its_product_is_forgotten(tmp_path: Path) -> None:
    task = _rendered(tmp_path)
    assert needs_run(task)
    settle_task(task, build_task(task))
    assert task.exec_status == TaskStatus.Executed
    assert not needs_run(_rendered(tmp_path))
    forget_product(tmp_path / "out.txt")
    assert needs_run(_rendered(tmp_path))


def test_a_task_that_fails_counts_as_not_done(tmp_path: Path) -> None:
    task = _rendered(tmp_path)
    settle_task(task, build_task(task))
    failing = _rendered(tmp_path, "fail")
    with pytest.raises(Exception, match="one") as error:
        build_task(failing)
    assert isinstance(error.value.__cause__, ValueError)
    settle_task(failing, None)
    assert failing.exec_status == TaskStatus.Errored
    assert needs_run(_rendered(tmp_path))
